package io.llmserving.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.ServerOptions;
import io.llmserving.bench.report.LatencyPlot;
import io.llmserving.bench.report.Series;
import io.llmserving.bench.report.Table;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.server.ServerDefinition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Servers under rising load: throughput against latency.
 */
@Command(name = "sweep", mixinStandardHelpOptions = true,
		description = "Raises the load step by step and shows throughput against latency, as a table and as SVG.")
public final class SweepCommand extends LoadScenario {

	@ArgGroup(exclusive = false, multiplicity = "1..*", heading = "Servers:%n")
	private List<ServerOptions> servers = new ArrayList<>();

	@Option(names = "--at-streams", split = ",", paramLabel = "N",
			description = "Streams of each step. Default: ${DEFAULT-VALUE}", defaultValue = "1,2,4,8,16,32")
	private List<Integer> streams = List.of();

	@Option(names = "--at-rates", split = ",", paramLabel = "R",
			description = "Requests per second of each step, instead of streams.")
	private List<Double> rates = List.of();

	@Option(names = "--svg", paramLabel = "FILE", description = "Where the plot goes.")
	private @Nullable Path svg;

	@Option(names = "--latency", paramLabel = "KIND",
			description = "What the plot shows: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}",
			defaultValue = "TPOT_P50")
	private PlottedLatency latency = PlottedLatency.TPOT_P50;

	@Override
	public Integer call() throws Exception {
		this.output.begin();
		Map<String, List<SweepPoint>> swept = new LinkedHashMap<>();
		for (ServerOptions server : this.servers) {
			ServerDefinition definition = server.definition(this.target);
			swept.put(definition.name(), sweep(definition));
		}
		if (this.svg != null) {
			Files.writeString(this.svg, LatencyPlot.svg("Throughput and latency", this.latency.text(),
					this.rates.isEmpty() ? "streams" : "requests/s", series(swept)));
		}
		this.output.end(swept, table(swept).text());
		return swept.values().stream().flatMap(List::stream).allMatch((point) -> point.summary().clean()) ? 0 : 1;
	}

	private List<SweepPoint> sweep(ServerDefinition server) throws IOException, InterruptedException {
		Workload requests = this.workload.workload(server.target(), server.body());
		List<SweepPoint> points = new ArrayList<>();
		try (RunningServer running = this.target.start(server);
				LoadClient client = this.target.client(server.target())) {
			this.loop.warmUp(client, requests);
			int run = 0;
			for (Number load : this.rates.isEmpty() ? this.streams : this.rates) {
				List<LoadRun> runs = new ArrayList<>();
				for (int i = 0; i < this.loop.repetitions(); i++) {
					runs.add(this.rates.isEmpty() ? this.loop.closed(client, requests, run++, load.intValue())
							: this.loop.open(client, requests, run++, load.doubleValue(), this.workload.seed()));
				}
				points.add(new SweepPoint(load.doubleValue(), LoadSummary.of(runs, this.slo.slo())));
				System.out.printf(Locale.ROOT, "%s at %s: %.1f tokens/s%n", server.name(), load,
						points.getLast().summary().tokensPerSecond().value());
			}
		}
		return points;
	}

	private List<Series> series(Map<String, List<SweepPoint>> swept) {
		List<Series> series = new ArrayList<>();
		swept.forEach((name,
				points) -> series.add(new Series(name,
						points.stream()
							.map((point) -> new Series.Point(point.load(), point.summary().tokensPerSecond().value(),
									this.latency.of(point.summary())))
							.toList())));
		return series;
	}

	private Table table(Map<String, List<SweepPoint>> swept) {
		Table table = new Table("server", this.rates.isEmpty() ? "streams" : "requests/s", "tokens/s", "ttft p50",
				"ttft p99", "tpot p50", "tpot p99", "failed");
		swept.forEach((name, points) -> points.forEach((point) -> {
			LoadSummary load = point.summary();
			table.row(name, point.load(), load.tokensPerSecond().text(), number(PlottedLatency.TTFT_P50.of(load)),
					number(PlottedLatency.TTFT_P99.of(load)), number(PlottedLatency.TPOT_P50.of(load)),
					number(PlottedLatency.TPOT_P99.of(load)),
					load.errors().values().stream().mapToInt(Integer::intValue).sum());
		}));
		return table;
	}

	private static String number(double value) {
		return String.format(Locale.ROOT, "%.2f", value);
	}

}
