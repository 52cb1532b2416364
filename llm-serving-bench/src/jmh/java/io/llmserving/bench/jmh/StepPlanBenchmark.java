package io.llmserving.bench.jmh;

import java.util.concurrent.TimeUnit;

import io.llmserving.runtime.StepPlan;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Writing the plan of a step in which all sequences decode: a token, a head row, a
 * sampler job and an attention item for each.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepPlanBenchmark {

	@Param({ "1", "32", "256" })
	private int sequences;

	private final StepPlan plan = new StepPlan();

	private int position = 100;

	@Benchmark
	public StepPlan decode() {
		this.plan.clear();
		this.position = (this.position + 1) & 1023;
		int chunks = this.position / StepPlan.ATTENTION_CHUNK + 1;
		for (int row = 0; row < this.sequences; row++) {
			int first = this.plan.addToken(row);
			int sequence = this.plan.addSequence(first, 1, this.position, row);
			this.plan.addItem(0, StepPlan.FLAT, 0, chunks, this.plan.addItemSequence(sequence), 1);
			this.plan.addJob(this.plan.addHeadRow(first), row, 0, this.position, true, -1);
		}
		return this.plan;
	}

}
