package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.SamplingParameters;
import io.llmserving.cache.AuditedCache;
import io.llmserving.cache.Mutation;
import io.llmserving.engine.Counters.Kind;
import io.llmserving.runtime.AttentionLimits;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepRunner;
import io.llmserving.spi.EngineObserver;

/**
 * An engine without its thread over the scripted model: tests take the turns, the clock
 * stands until they move it, and the books are checked after every turn.
 */
final class CoreFixture {

	static final int VOCABULARY = 60;

	/** Sizes of an engine. */
	record Shape(int blocks, int blockSize, int depth, int tokens, int rows, boolean sharing, int... windows) {

		Shape(int blocks, int blockSize, int depth) {
			this(blocks, blockSize, depth, 16, 6, true, 0);
		}

		Shape windows(int... changed) {
			return new Shape(this.blocks, this.blockSize, this.depth, this.tokens, this.rows, this.sharing, changed);
		}

		Shape tokens(int changed) {
			return new Shape(this.blocks, this.blockSize, this.depth, changed, this.rows, this.sharing, this.windows);
		}

		Shape rows(int changed) {
			return new Shape(this.blocks, this.blockSize, this.depth, this.tokens, changed, this.sharing, this.windows);
		}

	}

	final List<ScriptedRunner> runners = new ArrayList<>();

	final List<EngineState> states = new ArrayList<>();

	final Counters counters = new Counters();

	final Inbox inbox;

	final EngineSettings settings;

	final EngineCore core;

	private final Shape shape;

	private final RequestCheck check;

	private Consumer<ScriptedRunner> prepare = (runner) -> {
	};

	long now = 1;

	CoreFixture(Shape shape) {
		this(shape, Mutation.NONE);
	}

	CoreFixture(Shape shape, List<EngineObserver> observers) {
		this(shape, Mutation.NONE, observers, null);
	}

	/** An engine over another model than the scripted one. */
	CoreFixture(Shape shape, List<EngineObserver> observers, Function<StepLimits, StepRunner> runner) {
		this(shape, Mutation.NONE, observers, runner);
	}

	CoreFixture(Shape shape, Mutation mutation) {
		this(shape, mutation, List.of(), null);
	}

	private CoreFixture(Shape shape, Mutation mutation, List<EngineObserver> observers,
			@Nullable Function<StepLimits, StepRunner> other) {
		this.shape = shape;
		this.settings = new EngineSettings(shape.rows(), shape.tokens(), 1000, Duration.ofHours(1),
				Duration.ofMinutes(1), Duration.ofSeconds(30), 100_000, shape.sharing(), SamplingParameters.defaults(),
				3, Duration.ofMillis(1), Duration.ofMillis(5));
		StepLimits limits = new StepLimits(shape.tokens(), shape.rows(), shape.rows() + 2, shape.rows(), shape.blocks(),
				shape.blockSize(), shape.blocks(), shape.windows().length, shape.depth(), VOCABULARY, 20,
				new AttentionLimits(shape.blocks() % 3 * 5, 2));
		EngineInfo info = new EngineInfo("scripted", "none", "none", 0, 100_000, VOCABULARY, "none", 0, shape.blocks(),
				shape.blockSize(), 0, "", Map.of());
		LoadedModel model = new LoadedModel(() -> {
			if (other != null) {
				return other.apply(limits);
			}
			ScriptedRunner runner = new ScriptedRunner(limits, shape.windows());
			this.runners.add(runner);
			this.prepare.accept(runner);
			return runner;
		}, shape.windows(), new Letters(), new int[] { 0 }, SamplingParameters.defaults(), info, "1", () -> {
		});
		this.inbox = new Inbox(1000);
		SchedulerParts parts = (other != null) ? new SchedulerParts(shape.windows(), this.settings)
				: new MutantParts(shape.windows(), this.settings, mutation);
		this.core = new EngineCore(model, this.settings, new EngineCore.Wiring(this.inbox, this.counters,
				new Observers("scripted", observers), parts, () -> this.now, (state, cause) -> this.states.add(state)));
		this.core.open(model.runners().get());
		this.check = new RequestCheck(model, this.settings, EngineLoop.context(limits, model, this.settings), limits);
	}

	ScriptedRunner runner() {
		return this.runners.get(this.runners.size() - 1);
	}

	/** Does something to this runner and to all that follow. */
	void prepare(Consumer<ScriptedRunner> action) {
		this.prepare = action;
		action.accept(runner());
	}

	int context() {
		return this.shape.blocks() / this.shape.windows().length * this.shape.blockSize();
	}

	Client submit(int[] prompt, int maxTokens) {
		return submit(prompt, SamplingParameters.builder().maxTokens(maxTokens).build());
	}

	Client submit(int[] prompt, SamplingParameters sampling) {
		return submit(GenerationRequest.tokens(prompt).sampling(sampling).build(), new Client(true));
	}

	Client submit(GenerationRequest request, Client client) {
		Admitted admitted = this.check.check(request);
		Duration deadline = Objects.requireNonNullElse(request.deadline(), Duration.ofHours(1));
		Duration first = Objects.requireNonNullElse(request.firstTokenDeadline(), deadline);
		Admitted timed = new Admitted(admitted.id(), admitted.prompt(), admitted.sampling(), admitted.maxTokens(),
				admitted.priority(), this.now + first.toNanos(), this.now + deadline.toNanos(), admitted.slot(),
				admitted.stops(), admitted.keys());
		Request made = new Request(timed, this.now, this.check.bytes(), "scripted",
				client.notOn(Thread.currentThread()), this.inbox, RequestListeners.NONE);
		this.inbox.opened();
		client.onSubscribe(made.stream);
		this.inbox.submit(made);
		return client;
	}

	/** Takes a turn and checks the books; returns what the turn did. */
	long turn() {
		long wait = this.core.turn();
		this.now += 1000;
		audit();
		return wait;
	}

	/** Takes turns until nobody waits for anything. */
	void run() {
		int idle = 0;
		for (int turns = 0; this.core.busy(); turns++) {
			ScriptedRunner.check(turns < 200_000, "the engine does not come to an end");
			long before = get(Kind.STEPS);
			long wait = turn();
			this.now += Math.min(wait, 10_000_000);
			idle = (get(Kind.STEPS) > before) ? 0 : idle + 1;
			ScriptedRunner.check(idle < 50, "turns without progress");
		}
	}

	long get(Kind kind) {
		return this.counters.get(kind);
	}

	@Nullable AuditedCache cache() {
		Scheduler scheduler = this.core.scheduler();
		return (scheduler != null && scheduler.cache instanceof AuditedCache audited) ? audited : null;
	}

	private void audit() {
		AuditedCache cache = cache();
		if (cache != null) {
			cache.audit();
		}
	}

	/** Checks that nothing is held any more. */
	void assertIdle() {
		turn();
		ScriptedRunner.check(get(Kind.BLOCKS_USED) == 0, "blocks are in use");
		ScriptedRunner.check(get(Kind.RUNNING) == 0 && get(Kind.WAITING) == 0, "sequences are left");
		Scheduler scheduler = Objects.requireNonNull(this.core.scheduler());
		ScriptedRunner.check(scheduler.rows.free() == scheduler.rows.size(), "rows are taken");
		ScriptedRunner.check(this.inbox.waiting() == 0, "sequences count as waiting");
	}

}
