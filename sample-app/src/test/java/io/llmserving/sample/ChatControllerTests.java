package io.llmserving.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The conversation with memory that the documentation shows.
 */
class ChatControllerTests {

	@Test
	void aConversationIsRememberedAndSharesItsPrefix() throws Exception {
		try (RunningSample sample = RunningSample.start(List.of())) {
			String first = say(sample, "anna", "What color is the sky?");
			assertThat(first).containsIgnoringCase("blue");
			long hits = sample.engine().statistics().prefixHitTokens();
			String second = say(sample, "anna", "What color is the sky?");
			assertThat(second).isNotBlank();
			assertThat(sample.engine().statistics().prefixHitTokens()).isGreaterThan(hits);
			say(sample, "ben", "Hello");
			ChatMemory memory = sample.bean(ChatMemory.class);
			assertThat(memory.get("anna")).extracting(Message::getMessageType)
				.containsExactly(MessageType.USER, MessageType.ASSISTANT, MessageType.USER, MessageType.ASSISTANT);
			assertThat(memory.get("anna").get(1).getText()).isEqualTo(first);
			assertThat(memory.get("ben")).hasSize(2);
		}
	}

	private static String say(RunningSample sample, String conversation, String message)
			throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(sample.root() + "/chat/" + conversation))
			.header("Content-Type", "text/plain")
			.POST(HttpRequest.BodyPublishers.ofString(message))
			.build();
		HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).isEqualTo(200);
		return response.body();
	}

}
