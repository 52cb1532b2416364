package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Slo;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.report.Table;
import io.llmserving.bench.scenario.Contenders.Contender;
import io.llmserving.bench.server.Alternation;
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
	 * @param dropOut a server other than the first one stays out after the first round if
	 * it has less than this share of the best other's tokens per second
	 */
	static Map<String, List<LoadRun>> run(Contenders contenders, int rounds, double dropOut)
			throws InterruptedException {
		Map<String, List<LoadRun>> runs = new LinkedHashMap<>();
		contenders.all().forEach((contender) -> runs.put(contender.name(), new ArrayList<>()));
		List<Contender> left = contenders.all();
		for (int round = 0; round < rounds; round++) {
			for (Contender contender : Alternation.order(left, round)) {
				LoadRun run = contenders.turn(contender);
				runs.getOrDefault(contender.name(), new ArrayList<>()).add(run);
				System.out.printf("round %d, %s: %.1f tokens/s%n", round + 1, contender.name(), run.tokensPerSecond());
			}
			if (round == 0) {
				left = withoutSlow(left, runs, dropOut);
			}
		}
		return runs;
	}

	private static List<Contender> withoutSlow(List<Contender> contenders, Map<String, List<LoadRun>> runs,
			double dropOut) {
		ToDoubleFunction<Contender> speed = (
				contender) -> runs.getOrDefault(contender.name(), List.of()).getFirst().tokensPerSecond();
		double best = contenders.stream().skip(1).mapToDouble(speed).max().orElse(0);
		List<Contender> left = new ArrayList<>(contenders);
		left.subList(1, left.size()).removeIf((contender) -> speed.applyAsDouble(contender) < dropOut * best);
		return left;
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
