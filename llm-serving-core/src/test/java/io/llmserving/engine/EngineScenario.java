package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import reactor.core.publisher.Flux;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.TokenInfo;
import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.SlotParameters;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Answers the same requests one at a time and all together, in a pool that is too small
 * for them, and compares to the bit.
 */
final class EngineScenario {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final int BLOCK = 16;

	/** Counts on the way to the library; runs nothing while the gate is closed. */
	private record Counting(StepRunner to, Semaphore gate, int[] shared, int[] copies,
			int[] batch) implements StepRunner {

		@Override
		public StepLimits limits() {
			return this.to.limits();
		}

		@Override
		public BlockTables tables() {
			return this.to.tables();
		}

		@Override
		public void setSlot(int slot, SlotParameters parameters, int[] prompt, int promptLength, int[] output,
				int outputLength) {
			this.to.setSlot(slot, parameters, prompt, promptLength, output, outputLength);
		}

		@Override
		public long submit(StepPlan plan) {
			this.gate.acquireUninterruptibly();
			this.gate.release();
			for (int i = 0; i < plan.items().count(); i++) {
				this.shared[0] += (plan.items().get(i, 5) > 1) ? 1 : 0;
			}
			this.copies[0] += plan.blockOps().count();
			this.batch[0] = Math.max(this.batch[0], plan.sequences().count());
			return this.to.submit(plan);
		}

		@Override
		public void provideMasks(long ticket, int[] masks, int count) {
			this.to.provideMasks(ticket, masks, count);
		}

		@Override
		public void await(long ticket, StepResult result) {
			this.to.await(ticket, result);
		}

		@Override
		public long progress() {
			return this.to.progress();
		}

		@Override
		public void close() {
			this.to.close();
		}

	}

	private final Semaphore gate = new Semaphore(1);

	private final int[] shared = new int[1];

	private final int[] copies = new int[1];

	private final int[] batch = new int[1];

	private final CompiledProgram program;

	EngineScenario(CompiledProgram program) {
		this.program = program;
	}

	void answersAreTheSameToTheBitAloneAndTogether(int depth) throws Exception {
		List<GenerationRequest> requests = requests(new Random(7), this.program.spec().vocabulary());
		List<String> alone = new ArrayList<>();
		try (EngineHandle engine = engine(this.program, 1, 512, false)) {
			for (GenerationRequest request : requests) {
				alone.add(describe(engine.call(request)));
			}
		}
		try (EngineHandle engine = engine(this.program, depth, 25, true)) {
			engine.call(requests.get(0));
			// Which sequences meet in a full pool depends on measured step times too.
			for (int round = 0; round < 10 && engine.statistics().preemptions() == 0; round++) {
				assertThat(together(engine, requests)).isEqualTo(alone);
			}
			assertThat(engine.statistics().prefixHitTokens()).as("hits").isPositive();
			assertThat(engine.statistics().preemptions()).as("preemptions").isPositive();
		}
		assertThat(this.batch[0]).as("largest batch").isGreaterThan(2);
		assertThat(this.copies[0]).as("copies of partial blocks").isPositive();
		boolean far = IntStream.of(this.program.spec().windows()).anyMatch((window) -> window == 0);
		assertThat(this.shared[0] > 0).as("shared attention items, where a layer sees whole chunks").isEqualTo(far);
	}

	/** Answers all requests, none of which is computed before all are there. */
	private List<String> together(EngineHandle engine, List<GenerationRequest> requests) throws Exception {
		this.gate.acquire();
		CompletableFuture<List<String>> answers;
		try {
			answers = Flux.fromIterable(requests)
				.flatMapSequential(engine::complete, requests.size())
				.map(EngineScenario::describe)
				.collectList()
				.toFuture();
		}
		finally {
			this.gate.release();
		}
		return answers.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
	}

	private static List<GenerationRequest> requests(Random random, int vocabulary) {
		int[] prefix = random.ints(266, 3, vocabulary).toArray();
		List<GenerationRequest> requests = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			int length = (i < 5) ? 258 + random.nextInt(8) : 1 + random.nextInt(40);
			int[] prompt = Arrays.copyOf(prefix, length);
			prompt[length - 1] = 3 + random.nextInt(vocabulary - 3);
			requests.add(GenerationRequest.tokens(prompt)
				.sampling(SamplingParameters.builder()
					.n(1 + i % 3)
					.maxTokens(40 + 3 * i)
					.temperature(0.9f)
					.frequencyPenalty((i % 2 == 0) ? 0.3f : 0f)
					.ignoreEos(true)
					.seed(1000L + i)
					.logprobs(2)
					.build())
				.build());
		}
		return requests;
	}

	private static String describe(Generation answer) {
		StringBuilder text = new StringBuilder();
		for (Generation.Choice choice : answer.choices()) {
			for (TokenInfo token : choice.tokens()) {
				text.append(token.id()).append(':').append(Float.floatToIntBits(token.logprob())).append(' ');
			}
			text.append('\n');
		}
		return text.toString();
	}

	private EngineHandle engine(CompiledProgram program, int depth, int columns, boolean sharing) {
		int groups = program.spec().windows().length;
		StepLimits limits = new StepLimits(48, 8, 12, 8, columns * groups, BLOCK, 32, groups, depth,
				program.spec().vocabulary(), 20, program.attention());
		EngineSettings settings = new EngineSettings(8, 48, 64, PATIENCE, PATIENCE, PATIENCE, 512, sharing,
				SamplingParameters.defaults(), 0, Duration.ofMillis(1), Duration.ofMillis(1));
		EngineInfo info = new EngineInfo("native", "", "", 0, 512, program.spec().vocabulary(), "", 0, limits.blocks(),
				BLOCK, 0, "", Map.of());
		EngineHandle engine = new EngineHandle("native", settings, List.of(), (change) -> {
		}, () -> false);
		engine.loaded(new LoadedModel(
				() -> new Counting(program.runner(limits), this.gate, this.shared, this.copies, this.batch),
				program.spec().windows(), new Letters(), new int[] { 0 }, SamplingParameters.defaults(), info, "1",
				() -> {
				}));
		return engine;
	}

}
