package io.llmserving.engine;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;

import com.sun.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.api.GenerationRequest;
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
	@CsvSource({ "1,false", "2,false", "3,false", "1,true" })
	void aStepInWhichAllDecodeAllocatesNothingOnTheEnginesThread(int depth, boolean executor) {
		try (Loop loop = new Loop()) {
			assertAllocatesNothing(depth, executor ? loop : null);
		}
	}

	private static void assertAllocatesNothing(int depth, @Nullable Loop loop) {
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
			Client client = (loop != null) ? new Client(true).on(loop) : new Client(true);
			GenerationRequest request = GenerationRequest.tokens(1, 2, 3, 4 + i).sampling(sampling).build();
			clients.add(engine.submit(request, client));
		}
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long self = Thread.currentThread().threadId();
		for (int i = 0; i < 300; i++) {
			turn(engine, loop);
		}
		long before = threads.getThreadAllocatedBytes(self);
		for (int i = 0; i < 150; i++) {
			turn(engine, loop);
		}
		long allocated = threads.getThreadAllocatedBytes(self) - before;
		assertThat(engine.get(Counters.Kind.GENERATED_TOKENS)).isGreaterThan(32 * 440);
		assertThat(allocated).as("bytes in 150 steps of 32 sequences").isZero();
		clients.forEach(Client::cancel);
		engine.run();
	}

	/** Takes a turn, and lets the other thread of the loop have what came of it. */
	private static void turn(CoreFixture engine, @Nullable Loop loop) {
		engine.core.turn();
		if (loop != null) {
			loop.awaitIdle();
		}
	}

	/** A thread that runs one task at a time, given to it without an allocation. */
	private static final class Loop implements Executor, AutoCloseable {

		private final Thread thread = Thread.ofPlatform().daemon().start(this::run);

		private volatile @Nullable Runnable task;

		@Override
		public void execute(Runnable next) {
			ScriptedRunner.check(this.task == null, "two tasks of one step");
			this.task = next;
			LockSupport.unpark(this.thread);
		}

		private void awaitIdle() {
			while (this.task != null) {
				Thread.onSpinWait();
			}
		}

		private void run() {
			while (!Thread.interrupted()) {
				Runnable next = this.task;
				if (next == null) {
					LockSupport.park(this);
				}
				else {
					next.run();
					this.task = null;
				}
			}
		}

		@Override
		public void close() {
			this.thread.interrupt();
		}

	}

}
