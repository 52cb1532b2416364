package io.llmserving.bench.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Slo;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.report.Table;
import io.llmserving.bench.server.Alternation;
import io.llmserving.bench.server.ServerDefinition;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;

/**
 * Several servers under the same load in turns. The first one is ours: ratios are its
 * figures over each other's.
 */
final class Comparison {

	private Comparison() {
	}

	/**
	 * Gives each server a turn in each round, AB BA.
	 */
	static Map<String, List<LoadRun>> run(List<ServerDefinition> servers, int rounds, Turn turn)
			throws IOException, InterruptedException {
		Map<String, List<LoadRun>> runs = new LinkedHashMap<>();
		servers.forEach((server) -> runs.put(server.name(), new ArrayList<>()));
		for (int round = 0; round < rounds; round++) {
			for (ServerDefinition server : Alternation.order(servers, round)) {
				LoadRun run = turn.run(server, round);
				runs.getOrDefault(server.name(), new ArrayList<>()).add(run);
				System.out.printf("round %d, %s: %.1f tokens/s%n", round + 1, server.name(), run.tokensPerSecond());
			}
		}
		return runs;
	}

	/**
	 * Summarizes the runs and says how the first server does beside each other one.
	 */
	static Result summarize(Map<String, List<LoadRun>> runs, Slo slo) {
		Map<String, LoadSummary> summaries = new LinkedHashMap<>();
		runs.forEach((name, list) -> summaries.put(name, LoadSummary.of(list, slo)));
		List<String> names = List.copyOf(runs.keySet());
		List<List<LoadRun>> lists = List.copyOf(runs.values());
		List<Ratio> ratios = new ArrayList<>();
		for (int i = 1; i < lists.size(); i++) {
			for (Measure measure : Measure.values()) {
				ratios.add(new Ratio(measure.text(), names.get(i),
						Bootstrap.ratio(measure.of(lists.getFirst()), measure.of(lists.get(i)))));
			}
		}
		return new Result(names.getFirst(), summaries, ratios);
	}

	/**
	 * One server's turn: it is under load once.
	 */
	@FunctionalInterface
	interface Turn {

		LoadRun run(ServerDefinition server, int round) throws IOException, InterruptedException;

	}

	/**
	 * The first server's figure over another's.
	 */
	record Ratio(String measure, String server, Interval ratio) {
	}

	/**
	 * What came out.
	 *
	 * @param first name of the server whose figures are the numerators
	 */
	record Result(String first, Map<String, LoadSummary> servers, List<Ratio> ratios) {

		boolean clean() {
			return this.servers.values().stream().allMatch(LoadSummary::clean);
		}

		String text() {
			StringBuilder text = new StringBuilder();
			this.servers.forEach((name, load) -> text.append("%n--- %s%n".formatted(name)).append(LoadText.of(load)));
			return text.append(System.lineSeparator()).append(ratioTable().text()).toString();
		}

		Table ratioTable() {
			Table table = new Table("ratio (95 % interval)", this.first + " / server", "");
			this.ratios.forEach((ratio) -> table.row(ratio.measure(), ratio.server(), ratio.ratio().text()));
			return table;
		}

	}

}
