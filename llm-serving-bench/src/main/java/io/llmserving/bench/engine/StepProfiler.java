package io.llmserving.bench.engine;

import java.util.Map;

import io.llmserving.bench.machine.Peaks;
import io.llmserving.runtime.StepPart;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepRunner;
import org.jspecify.annotations.Nullable;

/**
 * Profiles the timed steps of one measurement.
 */
final class StepProfiler implements StepObserver {

	private final StepWork work;

	private int steps;

	private Map<StepPart, Long> nanos = Map.of();

	StepProfiler(StepWork work) {
		this.work = work;
	}

	@Override
	public void begin(StepRunner runner) {
		runner.profile(true);
	}

	@Override
	public void step(StepPlan plan) {
		this.work.add(plan);
		this.steps++;
	}

	@Override
	public void end(StepRunner runner) {
		this.nanos = runner.profile(false);
	}

	/**
	 * Returns what came out.
	 * @param peaks the machine's, null if they are unknown
	 */
	StepProfile profile(@Nullable Peaks peaks) {
		return StepProfile.of(this.nanos, this.steps, this.work.byPart(), peaks);
	}

}
