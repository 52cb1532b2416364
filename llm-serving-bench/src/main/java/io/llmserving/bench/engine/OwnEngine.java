package io.llmserving.bench.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import io.llmserving.runtime.StepPlan;

/**
 * This project's engine. Each row's first measurement is preceded by one that is not
 * counted, as the other engines' tools do it.
 */
final class OwnEngine implements Contender {

	private final StepBench bench;

	private final Map<EngineRow, Double> bytes = new HashMap<>();

	OwnEngine(StepBench bench) {
		this.bench = bench;
	}

	@Override
	public String name() {
		return "ours";
	}

	@Override
	public double measure(EngineRow row) {
		this.bytes.computeIfAbsent(row, this::warmUp);
		return run(row, StepObserver.NONE);
	}

	/**
	 * Returns the bytes that a token of a row needs, of weights, keys and values. The row
	 * was measured before.
	 */
	double bytesOfToken(EngineRow row) {
		return Objects.requireNonNull(this.bytes.get(row), row::name);
	}

	private double warmUp(EngineRow row) {
		StepWork work = this.bench.work();
		run(row, new StepObserver() {

			@Override
			public void step(StepPlan plan) {
				work.add(plan);
			}

		});
		int tokens = row.streams() * ((row.kind() == EngineRow.Kind.PREFILL) ? row.before() : row.generated());
		return work.all().bytes() / tokens;
	}

	private double run(EngineRow row, StepObserver observer) {
		return (row.kind() == EngineRow.Kind.PREFILL) ? this.bench.prefill(new TimedPrompt(row.before(), 0), observer)
				: this.bench.decode(row.streams(), row.before(), row.generated(), observer);
	}

	@Override
	public void close() {
		this.bench.close();
	}

}
