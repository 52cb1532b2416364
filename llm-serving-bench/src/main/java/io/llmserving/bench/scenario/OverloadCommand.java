package io.llmserving.bench.scenario;

import java.util.List;
import java.util.Locale;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Outcome;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * More requests than a server can answer. It may refuse what is too much (429, 503);
 * anything else that is not an answer fails the benchmark.
 */
@Command(name = "overload", mixinStandardHelpOptions = true,
		description = "Offers a multiple of what a server can answer and compares its goodput with that at capacity.")
public final class OverloadCommand extends LoadScenario {

	@Option(names = "--capacity", paramLabel = "R", required = true,
			description = "Requests per second that it answers in time: what goodput found.")
	private double capacity;

	@Option(names = "--factor", paramLabel = "F", description = "How much more is offered. Default: ${DEFAULT-VALUE}",
			defaultValue = "2")
	private double factor = 2;

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		Workload requests = this.workload.workload(server);
		this.output.begin();
		try (RunningServer running = this.target.start(server); LoadClient client = this.target.client(server)) {
			this.loop.warmUp(client, requests);
			long seed = this.workload.seed();
			PairedRuns runs = PairedRuns.take(this.loop.repetitions(),
					(round) -> this.loop.open(client, requests, 2 * round, this.capacity, seed),
					(round) -> this.loop.open(client, requests, 2 * round + 1, this.factor * this.capacity, seed));
			Result result = new Result(LoadSummary.of(runs.first(), this.slo.slo()),
					LoadSummary.of(runs.second(), this.slo.slo()),
					Bootstrap.ratio(goodput(runs.second()), goodput(runs.first())));
			this.output.end(result, result.text(this.factor));
			return (result.atCapacity().clean() && result.over().count(Outcome.FAILED) == 0) ? 0 : 1;
		}
	}

	private double[] goodput(List<LoadRun> runs) {
		return runs.stream().mapToDouble((run) -> run.goodput(this.slo.slo())).toArray();
	}

	/**
	 * What came out.
	 *
	 * @param goodputRatio goodput above capacity over that at capacity
	 */
	record Result(LoadSummary atCapacity, LoadSummary over, Interval goodputRatio) {

		String text(double factor) {
			return String.format(Locale.ROOT,
					"--- at capacity%n%s%n--- at %.1f times that%n%s%ngoodput above capacity / at capacity: %s%n",
					LoadText.of(this.atCapacity), factor, LoadText.of(this.over), this.goodputRatio.text());
		}

	}

}
