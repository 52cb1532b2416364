package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.Slo;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.LoopOptions;
import io.llmserving.bench.options.OutputOptions;
import io.llmserving.bench.options.SloOptions;
import io.llmserving.bench.options.TargetOptions;
import io.llmserving.bench.options.WorkloadOptions;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The highest rate of arrivals at which nearly all requests are fast enough.
 */
@Command(name = "goodput", mixinStandardHelpOptions = true,
		description = "Searches the highest arrival rate at which a share of the requests meets the objective.")
public final class GoodputCommand implements Callable<Integer> {

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

	@Mixin
	private TargetOptions target = new TargetOptions();

	@Mixin
	private WorkloadOptions workload = new WorkloadOptions();

	@Mixin
	private LoopOptions loop = new LoopOptions();

	@Mixin
	private SloOptions slo = new SloOptions();

	@Mixin
	private OutputOptions output = new OutputOptions();

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		Workload requests = this.workload.workload(server);
		this.output.begin();
		try (LoadClient client = this.target.client(server)) {
			this.loop.warmUp(client, requests);
			List<Trial> trials = new ArrayList<>();
			List<Double> found = new ArrayList<>();
			for (int i = 0; i < this.loop.repetitions(); i++) {
				double rate = this.startRate;
				found.add(new RateSearch(this.resolution).search(rate,
						(tried, number) -> trial(client, requests, tried, trials)));
			}
			Interval rate = Bootstrap.median(found.stream().mapToDouble(Double::doubleValue).toArray());
			this.output.end(new Result(rate, this.resolution, this.share, this.slo.slo(), trials),
					String.format(Locale.ROOT,
							"highest Poisson rate with %.0f %% of requests in time: %s requests/s, to %.0f %%%n",
							100 * this.share, rate.text(), 100 * this.resolution));
			return 0;
		}
	}

	private boolean trial(LoadClient client, Workload requests, double rate, List<Trial> trials)
			throws InterruptedException {
		LoadRun run = this.loop.open(client, requests, trials.size(), rate, this.workload.seed());
		double attainment = run.attainment(this.slo.slo());
		trials.add(new Trial(rate, attainment, run.goodput(this.slo.slo()), run.tokensPerSecond()));
		System.out.printf(Locale.ROOT, "%.2f requests/s: %.1f %% in time, %.1f tokens/s%n", rate, 100 * attainment,
				run.tokensPerSecond());
		return attainment >= this.share;
	}

	/**
	 * A rate that was tried.
	 */
	record Trial(double rate, double attainment, double goodput, double tokensPerSecond) {
	}

	/**
	 * What came out.
	 */
	record Result(Interval rate, double resolution, double share, Slo objective, List<Trial> trials) {
	}

}
