package io.llmserving.bench.scenario;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.llmserving.bench.load.Answer;
import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import io.llmserving.bench.statistics.Quantiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a prompt costs whose start is in the server's cache, on one stream: it should cost
 * what its own words do, as if they were all of it, and at most two steps more.
 */
@Command(name = "prefix-hit", mixinStandardHelpOptions = true,
		description = "First token of prompts whose start is cached, beside prompts of only their own words.")
public final class PrefixHitCommand extends LoadScenario {

	@Option(names = "--prefix", paramLabel = "WORDS",
			description = "Words of the cached start. Default: ${DEFAULT-VALUE}", defaultValue = "1500")
	private int prefix = 1500;

	@Option(names = "--tail", paramLabel = "WORDS",
			description = "Words of each prompt's own. Default: ${DEFAULT-VALUE}", defaultValue = "64")
	private int tail = 64;

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		Workload hits = this.workload.workload(server, this.prefix, 1, Integer.toString(this.tail), "16");
		Workload alone = this.workload.workload(server, 0, 1, Integer.toString(this.tail), "16");
		this.output.begin();
		try (RunningServer running = this.target.start(server); LoadClient client = this.target.client(server)) {
			this.loop.warmUp(client, hits);
			PairedRuns runs = PairedRuns.take(this.loop.repetitions(),
					(round) -> this.loop.closed(client, hits, round, 1),
					(round) -> this.loop.closed(client, alone, round, 1));
			Result result = result(runs.first(), runs.second());
			this.output.end(result, result.text());
			return (result.hits().clean() && result.alone().clean()) ? 0 : 1;
		}
	}

	private Result result(List<LoadRun> hits, List<LoadRun> alone) {
		double[] firstTokens = Measure.TTFT.of(hits);
		double[] bounds = Measure.TTFT.of(alone);
		double[] steps = Measure.TPOT.of(hits);
		Arrays.setAll(bounds, (run) -> bounds[run] + 2 * steps[run]);
		double[] cached = hits.stream()
			.flatMap((run) -> run.answers().stream())
			.filter(Answer::completed)
			.mapToDouble(Answer::cachedTokens)
			.toArray();
		return new Result(LoadSummary.of(hits, this.slo.slo()), LoadSummary.of(alone, this.slo.slo()),
				Quantiles.median(cached), Bootstrap.ratio(firstTokens, bounds));
	}

	/**
	 * What came out.
	 *
	 * @param cachedTokens of a prompt, as the server says: the median
	 * @param firstTokenRatio time to the first token of a prompt whose start is cached,
	 * over that of its own words alone and two steps
	 */
	record Result(LoadSummary hits, LoadSummary alone, double cachedTokens, Interval firstTokenRatio) {

		String text() {
			return String.format(Locale.ROOT,
					"--- start cached: %.0f tokens%n%s%n--- own words only%n%s%nfirst token with a cached start / own words only and two steps: %s%n",
					this.cachedTokens, LoadText.of(this.hits), LoadText.of(this.alone), this.firstTokenRatio.text());
		}

	}

}
