package io.llmserving.bench.scenario;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Outcome;
import io.llmserving.bench.load.PlannedRequest;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.server.Gauge;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Clients that leave in the middle of their answers. Afterwards the server is as fast as
 * before, and its gauges are where they were.
 */
@Command(name = "cancel-storm", mixinStandardHelpOptions = true,
		description = "Lets many clients leave in the middle of their answers; compares speed and gauges before and after.")
public final class CancelStormCommand extends LoadScenario {

	private static final int SETTLING_TRIES = 100;

	@Option(names = "--storm", paramLabel = "N", description = "Requests that are cancelled. Default: ${DEFAULT-VALUE}",
			defaultValue = "200")
	private int storm = 200;

	@Option(names = "--storm-streams", paramLabel = "N", description = "Those at a time. Default: ${DEFAULT-VALUE}",
			defaultValue = "64")
	private int stormStreams = 64;

	@Option(names = "--gauge", paramLabel = "URL",
			description = "A number that must return to where it was: an Actuator metric, or a Prometheus page with #name.")
	private List<URI> gauges = List.of();

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		Workload requests = this.workload.workload(server);
		this.output.begin();
		try (RunningServer running = this.target.start(server); LoadClient client = this.target.client(server)) {
			List<LoadRun> before = this.loop.repeat(client, requests, this.workload.seed());
			Map<String, Double> gaugesBefore = read();
			LoadRun stormy = client.closedLoop(leaving(requests), this.stormStreams);
			Map<String, Double> gaugesAfter = settle(gaugesBefore);
			List<LoadRun> after = new ArrayList<>();
			for (int i = 0; i < this.loop.repetitions(); i++) {
				after.add(this.loop.run(client, requests, 1000 + i, this.workload.seed()));
			}
			Result result = new Result(LoadSummary.of(before, this.slo.slo()), LoadSummary.of(after, this.slo.slo()),
					LoadSummary.of(List.of(stormy), this.slo.slo()).outcomes(),
					Bootstrap.ratio(Measure.TOKENS.of(after), Measure.TOKENS.of(before)), gaugesBefore, gaugesAfter);
			this.output.end(result, result.text());
			return result.good() ? 0 : 1;
		}
	}

	/** Clients leave after the first token, the second, …, a few also before the end. */
	private List<PlannedRequest> leaving(Workload requests) {
		List<PlannedRequest> planned = requests.requests(this.storm, 500);
		List<PlannedRequest> leaving = new ArrayList<>();
		for (int i = 0; i < planned.size(); i++) {
			leaving.add(planned.get(i).cancelledAfter(1 + i % 16));
		}
		return leaving;
	}

	private Map<String, Double> read() throws IOException, InterruptedException {
		Map<String, Double> values = new LinkedHashMap<>();
		for (URI gauge : this.gauges) {
			values.put(gauge.toString(), new Gauge(gauge).read());
		}
		return values;
	}

	/** Gauges are read until they are where they were, ten seconds at most. */
	private Map<String, Double> settle(Map<String, Double> before) throws IOException, InterruptedException {
		Map<String, Double> now = read();
		for (int i = 0; i < SETTLING_TRIES && !now.equals(before); i++) {
			TimeUnit.MILLISECONDS.sleep(100);
			now = read();
		}
		return now;
	}

	/**
	 * What came out.
	 *
	 * @param speedRatio tokens per second after the storm over those before
	 */
	record Result(LoadSummary before, LoadSummary after, Map<Outcome, Integer> storm, Interval speedRatio,
			Map<String, Double> gaugesBefore, Map<String, Double> gaugesAfter) {

		boolean good() {
			return this.before.clean() && this.after.clean() && this.gaugesBefore.equals(this.gaugesAfter)
					&& !this.storm.containsKey(Outcome.FAILED);
		}

		String text() {
			StringBuilder text = new StringBuilder();
			text.append("--- before%n%s%n--- after%n%s%n".formatted(LoadText.of(this.before), LoadText.of(this.after)));
			text.append("storm: %s%ntokens/s after / before: %s%n".formatted(this.storm, this.speedRatio.text()));
			this.gaugesBefore.forEach((gauge, value) -> text
				.append("%s: %s before, %s after%n".formatted(gauge, value, this.gaugesAfter.get(gauge))));
			return text.toString();
		}

	}

}
