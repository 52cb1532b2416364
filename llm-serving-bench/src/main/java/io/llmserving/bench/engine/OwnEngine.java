package io.llmserving.bench.engine;

import java.util.HashSet;
import java.util.Set;

/**
 * This project's engine. Each row's first measurement is preceded by one that is not
 * counted, as the other engines' tools do it.
 */
final class OwnEngine implements Contender {

	private final StepBench bench;

	private final Set<EngineRow> warm = new HashSet<>();

	OwnEngine(StepBench bench) {
		this.bench = bench;
	}

	@Override
	public String name() {
		return "ours";
	}

	@Override
	public double measure(EngineRow row) {
		if (this.warm.add(row)) {
			run(row);
		}
		return run(row);
	}

	private double run(EngineRow row) {
		return (row.kind() == EngineRow.Kind.PREFILL) ? this.bench.prefill(row.before(), StepObserver.NONE)
				: this.bench.decode(row.streams(), row.before(), row.generated(), StepObserver.NONE);
	}

	@Override
	public void close() {
		this.bench.close();
	}

}
