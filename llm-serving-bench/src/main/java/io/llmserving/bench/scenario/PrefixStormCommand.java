package io.llmserving.bench.scenario;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Shared prefixes that together do not fit into the server's cache: each is gone before
 * it is used again. A server that does not collapse is about as fast as with prompts that
 * share nothing.
 */
@Command(name = "prefix-storm", mixinStandardHelpOptions = true,
		description = "Uses more shared prefixes in turn than the cache holds; compares with prompts that share nothing.")
public final class PrefixStormCommand extends LoadScenario {

	@Option(names = "--pool", paramLabel = "TOKENS", required = true,
			description = "Tokens that the server's cache holds: twice as many are used.")
	private int pool;

	@Option(names = "--prefix", paramLabel = "WORDS",
			description = "Words of each shared prefix. Default: ${DEFAULT-VALUE}", defaultValue = "1024")
	private int prefix = 1024;

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		int prefixes = Math.max(2, Math.ceilDiv(2 * this.pool, this.prefix));
		Workload fresh = this.workload.workload(server, 0, 1, Integer.toString(this.prefix + 16), "16");
		Workload storm = this.workload.workload(server, this.prefix, prefixes, "16", "16");
		this.output.begin();
		try (RunningServer running = this.target.start(server); LoadClient client = this.target.client(server)) {
			this.loop.warmUp(client, fresh);
			int streams = this.loop.streams();
			PairedRuns runs = PairedRuns.take(this.loop.repetitions(),
					(round) -> client.closedLoop(fresh.requests(prefixes, round), streams),
					(round) -> client.closedLoop(storm.requests(prefixes, round), streams));
			Result result = new Result(prefixes, LoadSummary.of(runs.first(), this.slo.slo()),
					LoadSummary.of(runs.second(), this.slo.slo()),
					Bootstrap.ratio(Measure.TOKENS.of(runs.second()), Measure.TOKENS.of(runs.first())));
			this.output.end(result, result.text());
			return (result.fresh().clean() && result.storm().clean()) ? 0 : 1;
		}
	}

	/**
	 * What came out.
	 *
	 * @param speedRatio tokens per second with prefixes in turn over those with prompts
	 * that share nothing
	 */
	record Result(int prefixes, LoadSummary fresh, LoadSummary storm, Interval speedRatio) {

		String text() {
			return "--- nothing shared%n%s%n--- %d prefixes in turn%n%s%ntokens/s with prefixes in turn / nothing shared: %s%n"
				.formatted(LoadText.of(this.fresh), this.prefixes, LoadText.of(this.storm), this.speedRatio.text());
		}

	}

}
