package io.llmserving.bench.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.llmserving.bench.report.Table;
import io.llmserving.bench.server.Alternation;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import io.llmserving.bench.statistics.Quantiles;

/**
 * Rows of several engines, measured in turns. The first engine is ours.
 */
final class PeerComparison {

	private PeerComparison() {
	}

	/**
	 * Measures a row so many times with each engine, AB BA.
	 */
	static Result measure(EngineRow row, List<Contender> engines, int rounds) throws IOException, InterruptedException {
		Map<String, double[]> rates = new LinkedHashMap<>();
		engines.forEach((engine) -> rates.put(engine.name(), new double[rounds]));
		for (int round = 0; round < rounds; round++) {
			for (Contender engine : Alternation.order(engines, round)) {
				rates.getOrDefault(engine.name(), new double[rounds])[round] = engine.measure(row);
			}
		}
		return result(row, rates);
	}

	static Result result(EngineRow row, Map<String, double[]> rates) {
		List<String> names = List.copyOf(rates.keySet());
		List<double[]> values = List.copyOf(rates.values());
		List<Measured> measured = new ArrayList<>();
		for (int i = 0; i < names.size(); i++) {
			measured.add(new Measured(names.get(i), Quantiles.median(values.get(i)), values.get(i),
					Bootstrap.ratio(values.getFirst(), values.get(i))));
		}
		return new Result(row.name(), measured);
	}

	static Table table(List<Result> results) {
		Table table = new Table("tokens/s", "ours", "best peer", "", "ratio (95 % interval)");
		for (Result result : results) {
			Measured best = result.best();
			table.row(result.row(), rate(result.engines().getFirst().tokensPerSecond()), rate(best.tokensPerSecond()),
					best.engine(), best.oursOverIt().text());
			for (Measured other : result.engines().stream().skip(1).toList()) {
				if (other != best) {
					table.row("", "", rate(other.tokensPerSecond()), other.engine(), other.oursOverIt().text());
				}
			}
		}
		return table;
	}

	private static String rate(double value) {
		return String.format(Locale.ROOT, "%,.1f", value);
	}

	/**
	 * An engine's rates on a row.
	 *
	 * @param tokensPerSecond the median
	 * @param oursOverIt our median over its
	 */
	record Measured(String engine, double tokensPerSecond, double[] all, Interval oursOverIt) {
	}

	/**
	 * A row with all engines, ours first.
	 */
	record Result(String row, List<Measured> engines) {

		/** The fastest engine but ours; ours where there is no other. */
		Measured best() {
			return this.engines.stream()
				.skip(1)
				.max(Comparator.comparingDouble(Measured::tokensPerSecond))
				.orElse(this.engines.getFirst());
		}

	}

}
