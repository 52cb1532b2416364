package io.llmserving.answers;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import org.springframework.stereotype.Service;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.FinishReason;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.OverloadedException;

/**
 * What an application does with a model: streams, tells a cut answer from a whole one,
 * tries again.
 */
@Service
class Answers {

	private final LlmEngine engine;

	Answers(LlmEngine engine) {
		this.engine = engine;
	}

	Flux<String> stream(String question) {
		return this.engine.text(question);
	}

	Mono<String> whole(String question) {
		GenerationRequest request = GenerationRequest.chat(List.of(ChatMessage.user(question)))
			.deadline(Duration.ofSeconds(10))
			.build();
		return this.engine.complete(request)
			.map(Answers::text)
			.retryWhen(Retry.max(1).filter((ex) -> ex instanceof OverloadedException));
	}

	private static String text(Generation generation) {
		Generation.Choice choice = generation.choices().get(0);
		return choice.text() + ((choice.reason() == FinishReason.LENGTH) ? " (cut)" : "");
	}

}
