package io.llmserving.test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import io.llmserving.api.Channel;
import io.llmserving.api.FinishReason;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.Timings;
import io.llmserving.api.TokenInfo;
import io.llmserving.api.Usage;

/**
 * One request to a scripted engine: turns its answer into the events of an engine. The
 * first event comes with the first piece.
 */
final class ScriptedGeneration {

	private final ByteTokenizer tokenizer;

	private final GenerationRequest request;

	private final ScriptedAnswer answer;

	private final int[] prompt;

	private final AtomicInteger generated = new AtomicInteger();

	ScriptedGeneration(ByteTokenizer tokenizer, GenerationRequest request, ScriptedAnswer answer) {
		this.tokenizer = tokenizer;
		this.request = request;
		this.answer = answer;
		this.prompt = prompt();
	}

	Flux<GenerationEvent> events(String model) {
		String requestId = (this.request.requestId() != null) ? this.request.requestId() : "scripted";
		GenerationEvent started = new GenerationEvent.Started(requestId, model, this.prompt, 0, promptLogprobs());
		return Flux.range(0, this.request.sampling().n())
			.concatMap(this::choice)
			.concatWith(Flux.defer(() -> Flux.just(completed())))
			.switchOnFirst((first, events) -> first.isOnError() ? events : events.startWith(started));
	}

	private Flux<GenerationEvent> choice(int choice) {
		Integer maxTokens = this.request.sampling().maxTokens();
		int limit = (maxTokens != null) ? maxTokens : Integer.MAX_VALUE;
		AtomicInteger pieces = new AtomicInteger();
		Flux<GenerationEvent> deltas = this.answer.pieces().take(limit).map((piece) -> {
			pieces.incrementAndGet();
			this.generated.incrementAndGet();
			return new GenerationEvent.Delta(choice, Channel.CONTENT, piece, List.of(token(piece)));
		});
		return deltas.concatWith(Flux.defer(() -> Flux
			.just(new GenerationEvent.ChoiceFinished(choice, reason(pieces.get() >= limit), null, null))));
	}

	private FinishReason reason(boolean cut) {
		FinishReason scripted = this.answer.reason();
		if (scripted != null) {
			return scripted;
		}
		return cut ? FinishReason.LENGTH : FinishReason.STOP;
	}

	private TokenInfo token(String piece) {
		byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
		int first = (bytes.length > 0) ? bytes[0] & 0xff : ByteTokenizer.END;
		Integer logprobs = this.request.sampling().logprobs();
		if (logprobs == null) {
			return new TokenInfo(first, bytes, Float.NaN, 0, List.of());
		}
		List<TokenInfo.TopLogprob> top = (logprobs > 0) ? List.of(new TokenInfo.TopLogprob(first, bytes, -0.5f))
				: List.of();
		return new TokenInfo(first, bytes, -0.5f, 1, top);
	}

	private @Nullable PromptLogprobs promptLogprobs() {
		SamplingParameters sampling = this.request.sampling();
		if (sampling.promptLogprobs() == null) {
			return null;
		}
		List<TokenInfo> tokens = new ArrayList<>();
		for (int i = 0; i < this.prompt.length; i++) {
			float logprob = (i == 0) ? Float.NaN : -1.0f;
			byte[] bytes = this.tokenizer.bytes(this.prompt[i]);
			List<TokenInfo.TopLogprob> top = (i == 0 || sampling.promptLogprobs() == 0) ? List.of()
					: List.of(new TokenInfo.TopLogprob(this.prompt[i], bytes, logprob));
			tokens.add(new TokenInfo(this.prompt[i], bytes, logprob, (i == 0) ? 0 : 1, top));
		}
		return new PromptLogprobs(tokens);
	}

	private int[] prompt() {
		if (this.request.tokens() != null) {
			return this.request.tokens();
		}
		if (this.request.messages() != null) {
			return this.tokenizer.encodeChat(this.request.messages(), this.request.addGenerationPrompt());
		}
		return this.tokenizer.encode(String.valueOf(this.request.prompt()), true, false);
	}

	private GenerationEvent completed() {
		return new GenerationEvent.Completed(new Usage(this.prompt.length, this.generated.get(), 0),
				new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO, 0));
	}

	/** Puts an answer together from its events. */
	static Generation collect(List<GenerationEvent> events) {
		GenerationEvent.Started started = (GenerationEvent.Started) events.get(0);
		GenerationEvent.Completed completed = (GenerationEvent.Completed) events.get(events.size() - 1);
		List<Generation.Choice> choices = new ArrayList<>();
		StringBuilder text = new StringBuilder();
		List<TokenInfo> tokens = new ArrayList<>();
		for (GenerationEvent event : events) {
			if (event instanceof GenerationEvent.Delta delta) {
				text.append(delta.text());
				tokens.addAll(delta.tokens());
			}
			else if (event instanceof GenerationEvent.ChoiceFinished finished) {
				choices.add(new Generation.Choice(finished.choice(), text.toString(), List.copyOf(tokens),
						finished.reason(), finished.stopSequence()));
				text.setLength(0);
				tokens.clear();
			}
		}
		return new Generation(started.requestId(), started.model(), choices, completed.usage(), completed.timings(),
				started.promptLogprobs());
	}

}
