package io.llmserving.sample;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/**
 * A conversation through Spring AI: what was said before is remembered, and need not be
 * sent again.
 */
@RestController
class ChatController {

	private final ChatClient client;

	ChatController(ChatClient.Builder client, ChatMemory memory) {
		this.client = client.defaultAdvisors(MessageChatMemoryAdvisor.builder(memory).build()).build();
	}

	@PostMapping(path = "/chat/{conversation}", produces = MediaType.TEXT_PLAIN_VALUE)
	Flux<String> chat(@PathVariable String conversation, @RequestBody String message) {
		return this.client.prompt()
			.user(message)
			.advisors((advisors) -> advisors.param(ChatMemory.CONVERSATION_ID, conversation))
			.stream()
			.content();
	}

}
