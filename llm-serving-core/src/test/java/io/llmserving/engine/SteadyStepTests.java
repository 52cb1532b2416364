package io.llmserving.engine;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.SlotParameters;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;
import io.llmserving.spi.EngineObserver;

import static org.assertj.core.api.Assertions.assertThat;

class SteadyStepTests {

	/** Answers at once and allocates nothing. */
	private static final class InstantRunner implements StepRunner {

		private final StepLimits limits;

		private final BlockTables tables;

		private final int[] jobs = new int[4];

		private long ticket;

		private InstantRunner(StepLimits limits) {
			this.limits = limits;
			this.tables = new BlockTables(Arena.ofAuto(), 1, limits.sequences(), limits.blocksPerRow());
		}

		@Override
		public StepLimits limits() {
			return this.limits;
		}

		@Override
		public BlockTables tables() {
			return this.tables;
		}

		@Override
		public void setSlot(int slot, SlotParameters parameters, int[] prompt, int promptLength, int[] output,
				int outputLength) {
		}

		@Override
		public long submit(StepPlan plan) {
			this.ticket++;
			this.jobs[(int) (this.ticket % 4)] = plan.jobs().count();
			return this.ticket;
		}

		@Override
		public void provideMasks(long step, int[] masks, int count) {
		}

		@Override
		public void await(long step, StepResult result) {
			int count = this.jobs[(int) (step % 4)];
			result.jobs.reset(count, 2);
			for (int i = 0; i < count; i++) {
				result.jobs.token[i] = 1 + (int) ((step + i) % 40);
				result.jobs.status[i] = StepResult.FINE;
			}
		}

		@Override
		public long progress() {
			return this.ticket;
		}

		@Override
		public void close() {
		}

	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void aStepInWhichAllDecodeAllocatesNothingOnTheEnginesThread(int depth) {
		CoreFixture.Shape shape = new CoreFixture.Shape(4096, 16, depth, 64, 32, true, 0);
		CoreFixture engine = new CoreFixture(shape, List.of(new EngineObserver() {
		}), InstantRunner::new);
		List<Client> clients = new ArrayList<>();
		SamplingParameters sampling = SamplingParameters.builder()
			.maxTokens(700)
			.stop("xyz", "yz!")
			.stopTokenIds(List.of(55, 58))
			.logprobs(2)
			.build();
		for (int i = 0; i < 32; i++) {
			clients.add(engine.submit(new int[] { 1, 2, 3, 4 + i }, sampling));
		}
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long self = Thread.currentThread().threadId();
		for (int i = 0; i < 300; i++) {
			engine.core.turn();
		}
		long before = threads.getThreadAllocatedBytes(self);
		for (int i = 0; i < 150; i++) {
			engine.core.turn();
		}
		long allocated = threads.getThreadAllocatedBytes(self) - before;
		assertThat(engine.get(Counters.Kind.GENERATED_TOKENS)).isGreaterThan(32 * 440);
		assertThat(allocated).as("bytes in 150 steps of 32 sequences").isZero();
		clients.forEach(Client::cancel);
		engine.run();
	}

}
