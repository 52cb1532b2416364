package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.Slo;
import io.llmserving.bench.options.ServerOptions;
import io.llmserving.bench.report.Table;
import io.llmserving.bench.scenario.Contenders.Contender;
import io.llmserving.bench.server.Alternation;
import io.llmserving.bench.server.ServerDefinition;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The highest rate of arrivals at which nearly all requests are fast enough.
 */
@Command(name = "goodput", mixinStandardHelpOptions = true,
		description = "Searches the highest arrival rate at which a share of the requests meets the objective.")
public final class GoodputCommand extends LoadScenario {

	@Option(names = "--share", paramLabel = "S",
			description = "Share of requests that must meet the objective. Default: ${DEFAULT-VALUE}",
			defaultValue = "0.99")
	private double share = 0.99;

	@Option(names = "--resolution", paramLabel = "R",
			description = "Relative distance of the failing rate at which the search ends. Default: ${DEFAULT-VALUE}",
			defaultValue = "0.05")
	private double resolution = 0.05;

	@Option(names = "--start-rate", paramLabel = "R",
			description = "Requests per second to begin with. Default: ${DEFAULT-VALUE}", defaultValue = "1")
	private double startRate = 1;

	@ArgGroup(exclusive = false, multiplicity = "0..*", heading = "Servers in turns, instead of --url:%n")
	private List<ServerOptions> servers = new ArrayList<>();

	@Override
	public Integer call() throws Exception {
		List<ServerDefinition> definitions = this.servers.isEmpty()
				? List.of(this.target.definition(this.target.target()))
				: this.servers.stream().map((server) -> server.definition(this.target)).toList();
		this.output.begin();
		try (Contenders contenders = Contenders.start(definitions, this.target, this.workload, this.loop)) {
			Map<String, double[]> found = new LinkedHashMap<>();
			definitions.forEach((server) -> found.put(server.name(), new double[this.loop.repetitions()]));
			List<Trial> trials = new ArrayList<>();
			for (int round = 0; round < this.loop.repetitions(); round++) {
				for (Contender contender : Alternation.order(contenders.all(), round)) {
					double[] rates = found.getOrDefault(contender.name(), new double[1]);
					double start = (round > 0 && rates[round - 1] > 0) ? rates[round - 1] : this.startRate;
					contenders.rouse(contender);
					rates[round] = new RateSearch(this.resolution).search(start,
							(rate, number) -> trial(contenders, contender, rate, trials));
				}
			}
			Result result = Result.of(found, this.resolution, this.share, this.slo.slo(), trials);
			this.output.end(result, result.text());
			return 0;
		}
	}

	private boolean trial(Contenders contenders, Contender contender, double rate, List<Trial> trials)
			throws InterruptedException {
		LoadRun run = contenders.turn(contender, rate);
		double attainment = run.attainment(this.slo.slo());
		trials.add(new Trial(contender.name(), rate, attainment, run.goodput(this.slo.slo()), run.tokensPerSecond()));
		System.out.printf(Locale.ROOT, "%s, %.2f requests/s: %.1f %% in time, %.1f tokens/s%n", contender.name(), rate,
				100 * attainment, run.tokensPerSecond());
		return attainment >= this.share;
	}

	/**
	 * A rate that was tried.
	 */
	record Trial(String server, double rate, double attainment, double goodput, double tokensPerSecond) {
	}

	/**
	 * A server's highest rate, and how often the first server's is as high.
	 */
	record Found(String server, Interval rate, Interval firstOverIt) {
	}

	/**
	 * What came out.
	 */
	record Result(List<Found> found, double resolution, double share, Slo objective, List<Trial> trials) {

		static Result of(Map<String, double[]> rates, double resolution, double share, Slo objective,
				List<Trial> trials) {
			double[] first = rates.values().iterator().next();
			List<Found> found = rates.entrySet()
				.stream()
				.map((server) -> new Found(server.getKey(), Bootstrap.median(server.getValue()),
						Bootstrap.ratio(first, server.getValue())))
				.toList();
			return new Result(found, resolution, share, objective, trials);
		}

		String text() {
			Table table = new Table("server", "requests/s", "first / server");
			this.found
				.forEach((server) -> table.row(server.server(), server.rate().text(), server.firstOverIt().text()));
			return String.format(Locale.ROOT, "highest rate with %.0f %% of requests in time, to %.0f %%:%n%s",
					100 * this.share, 100 * this.resolution, table.text());
		}

	}

}
