package io.llmserving.answers;

import java.util.List;

import reactor.core.publisher.Flux;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmServing;

@RestController
class AnswersController {

	private final LlmServing serving;

	AnswersController(LlmServing serving) {
		this.serving = serving;
	}

	@GetMapping(path = "/ask", produces = MediaType.TEXT_PLAIN_VALUE)
	Flux<String> ask(@RequestParam String model, @RequestParam String question) {
		GenerationRequest request = GenerationRequest.chat(List.of(ChatMessage.user(question))).model(model).build();
		return this.serving.generate(request).ofType(GenerationEvent.Delta.class).map(GenerationEvent.Delta::text);
	}

}
