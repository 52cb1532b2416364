package io.llmserving.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import io.llmserving.bench.report.LatencyPlot;
import io.llmserving.bench.report.Series;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Draws what sweeps wrote.
 */
@Command(name = "plot", mixinStandardHelpOptions = true,
		description = "Draws throughput against latency from the JSON of sweeps.")
public final class PlotCommand implements Callable<Integer> {

	@Parameters(paramLabel = "JSON", arity = "1..*", description = "Files that sweep --json wrote.")
	private List<Path> files = List.of();

	@Option(names = "--svg", paramLabel = "FILE", required = true, description = "Where the plot goes.")
	private Path svg = Path.of("plot.svg");

	@Option(names = "--latency", paramLabel = "KIND",
			description = "What it shows: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}",
			defaultValue = "TPOT_P50")
	private PlottedLatency latency = PlottedLatency.TPOT_P50;

	@Option(names = "--title", description = "Its title. Default: ${DEFAULT-VALUE}",
			defaultValue = "Throughput and latency")
	private String title = "Throughput and latency";

	@Override
	public Integer call() throws Exception {
		List<Series> series = new ArrayList<>();
		for (Path file : this.files) {
			series.addAll(read(file));
		}
		Files.writeString(this.svg, LatencyPlot.svg(this.title, this.latency.text(), "load", series));
		return 0;
	}

	private List<Series> read(Path file) throws IOException {
		if (!Files.isReadable(file)) {
			throw new IllegalArgumentException("There is no file " + file);
		}
		JsonNode document = JsonMapper.shared().readTree(file);
		if (!"sweep".equals(document.path("kind").asString(""))) {
			throw new IllegalArgumentException(file + " was not written by sweep --json");
		}
		List<Series> series = new ArrayList<>();
		for (Map.Entry<String, JsonNode> server : document.path("result").properties()) {
			List<Series.Point> points = new ArrayList<>();
			for (JsonNode point : server.getValue()) {
				JsonNode summary = point.path("summary");
				points.add(new Series.Point(point.path("load").asDouble(),
						summary.path("tokensPerSecond").path("value").asDouble(), this.latency.of(summary)));
			}
			series.add(new Series(server.getKey(), points));
		}
		return series;
	}

}
