package io.llmserving.bench.scenario;

import java.util.List;
import java.util.function.ToDoubleFunction;

import io.llmserving.bench.load.Answer;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.statistics.Quantiles;

/**
 * What runs are compared by: each run gives one value. Times are better the smaller.
 */
enum Measure {

	TOKENS("tokens/s"),

	TTFT("time to first token, p50"),

	TPOT("time per output token, p50"),

	TPOT_TAIL("time per output token, p99");

	private final String text;

	Measure(String text) {
		this.text = text;
	}

	String text() {
		return this.text;
	}

	/**
	 * Returns each run's value.
	 */
	double[] of(List<LoadRun> runs) {
		return runs.stream().mapToDouble(this::of).toArray();
	}

	private double of(LoadRun run) {
		return switch (this) {
			case TOKENS -> run.tokensPerSecond();
			case TTFT -> quantile(run, Answer::timeToFirstToken, 0.5);
			case TPOT -> quantile(run, Answer::timePerOutputToken, 0.5);
			case TPOT_TAIL -> quantile(run, Answer::timePerOutputToken, 0.99);
		};
	}

	private static double quantile(LoadRun run, ToDoubleFunction<Answer> value, double quantile) {
		return Quantiles.of(run.answers().stream().filter(Answer::completed).mapToDouble(value).toArray(), quantile);
	}

}
