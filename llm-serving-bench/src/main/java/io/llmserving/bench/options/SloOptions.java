package io.llmserving.bench.options;

import io.llmserving.bench.load.Slo;
import picocli.CommandLine.Option;

/**
 * What counts as fast enough.
 */
public final class SloOptions {

	@Option(names = "--slo-ttft", paramLabel = "MS",
			description = "Time to the first token at most, for goodput. Default: ${DEFAULT-VALUE}",
			defaultValue = "1000")
	private double timeToFirstToken = 1000;

	@Option(names = "--slo-tpot", paramLabel = "MS",
			description = "Time per output token at most, for goodput. Default: ${DEFAULT-VALUE}", defaultValue = "50")
	private double timePerOutputToken = 50;

	/**
	 * Returns the objective.
	 */
	public Slo slo() {
		return new Slo(this.timeToFirstToken, this.timePerOutputToken);
	}

}
