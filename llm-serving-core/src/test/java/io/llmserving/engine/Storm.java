package io.llmserving.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.TokenInfo;
import io.llmserving.cache.Mutation;
import io.llmserving.engine.Counters.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A random engine under random load: requests that share prefixes arrive over time, some
 * are cancelled; every answer must be that of the model alone.
 */
final class Storm {

	private record Sent(int[] prompt, int choices, int tokens, boolean scored, Client client, int cancelAt) {
	}

	private final Random random;

	private final long seed;

	final CoreFixture.Shape shape;

	final CoreFixture engine;

	private final List<Sent> sent = new ArrayList<>();

	Storm(long seed, Mutation mutation) {
		this.seed = seed;
		this.random = new Random(seed * 7919);
		this.shape = shape();
		this.engine = new CoreFixture(this.shape, mutation);
	}

	private CoreFixture.Shape shape() {
		boolean large = this.random.nextInt(4) == 0;
		int[] windows = switch (this.random.nextInt(4)) {
			case 0 -> new int[] { 0, 1 + this.random.nextInt(large ? 200 : 12) };
			case 1 -> new int[] { 2 + this.random.nextInt(large ? 200 : 12) };
			default -> new int[] { 0 };
		};
		int blockSize = large ? 16 : 1 + this.random.nextInt(16);
		int blocks = (large ? 60 : 4) * windows.length + this.random.nextInt(60);
		return new CoreFixture.Shape(blocks, blockSize, 1 + this.random.nextInt(3), 1 + this.random.nextInt(48),
				1 + this.random.nextInt(8), this.random.nextInt(5) > 0, windows);
	}

	void run() {
		int count = 10 + this.random.nextInt(20);
		int[] root = this.random.ints(this.engine.context(), 1, CoreFixture.VOCABULARY).toArray();
		for (int turn = 0; this.sent.size() < count || this.engine.core.busy(); turn++) {
			if (this.sent.size() < count && this.random.nextInt(3) == 0) {
				send(root);
			}
			for (Sent request : this.sent) {
				if (request.cancelAt() == turn) {
					request.client().cancel();
				}
			}
			this.engine.turn();
			ScriptedRunner.check(turn < 20_000, "the engine does not come to an end");
		}
		for (Sent request : this.sent) {
			if (request.cancelAt() < 0) {
				compare(request);
			}
		}
		this.engine.assertIdle();
	}

	private void send(int[] root) {
		int context = this.engine.context();
		int length = 1 + this.random.nextInt(Math.max(1, context - 1));
		int common = this.random.nextInt(length + 1);
		int[] prompt = Arrays.copyOf(root, length);
		for (int i = common; i < length; i++) {
			prompt[i] = 1 + this.random.nextInt(CoreFixture.VOCABULARY - 1);
		}
		int tokens = Math.min(this.random.nextInt(24), context - length);
		int choices = (this.random.nextInt(3) == 0) ? 1 + this.random.nextInt(4) : 1;
		boolean scored = this.random.nextInt(8) == 0;
		SamplingParameters sampling = SamplingParameters.builder()
			.n(choices)
			.maxTokens(tokens)
			.promptLogprobs(scored ? 2 : null)
			.logprobs(scored ? 1 : null)
			.build();
		int cancelAt = (this.random.nextInt(4) == 0) ? this.random.nextInt(80) : -1;
		GenerationRequest request = GenerationRequest.tokens(prompt)
			.sampling(sampling)
			.priority(this.random.nextInt(2))
			.build();
		this.sent
			.add(new Sent(prompt, choices, tokens, scored, this.engine.submit(request, new Client(true)), cancelAt));
	}

	private void compare(Sent request) {
		request.client().await();
		Throwable error = request.client().error();
		ScriptedRunner.check(error == null, "seed " + this.seed + ": " + error);
		for (int choice = 0; choice < request.choices(); choice++) {
			int[] expected = ScriptedModel.answer(request.prompt(), choice, request.tokens(), CoreFixture.VOCABULARY);
			int[] actual = request.client().ids(choice);
			assertThat(actual).as("seed %d", this.seed).isEqualTo(expected);
		}
		int generated = request.client().completed().usage().completionTokens();
		ScriptedRunner.check(generated == request.choices() * request.tokens(), "usage");
		if (request.scored()) {
			scores(request.client(), request.prompt());
		}
	}

	private static void scores(Client client, int[] prompt) {
		PromptLogprobs logprobs = client.events(GenerationEvent.Started.class).get(0).promptLogprobs();
		ScriptedRunner.check(logprobs != null && logprobs.tokens().size() == prompt.length, "prompt logprobs");
		for (int i = 1; logprobs != null && i < prompt.length; i++) {
			TokenInfo token = logprobs.tokens().get(i);
			ScriptedRunner.check(token.id() == prompt[i] && token.logprob() == ScriptedModel.score(prompt, i)
					&& token.top().size() == 2, "logprob of prompt token " + i);
		}
	}

	long get(Kind kind) {
		return this.engine.get(kind);
	}

}
