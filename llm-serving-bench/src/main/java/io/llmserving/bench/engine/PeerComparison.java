package io.llmserving.bench.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import io.llmserving.bench.report.Table;
import io.llmserving.bench.server.Alternation;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Interval;
import io.llmserving.bench.statistics.Quantiles;
import org.jspecify.annotations.Nullable;

/**
 * Rows of several engines, measured in turns. The first engine is ours.
 */
final class PeerComparison {

	private PeerComparison() {
	}

	/**
	 * Measures a row so many times with each engine, AB BA.
	 */
	static Result measure(EngineRow row, List<Contender> engines, int rounds, ReadRoofline roofline)
			throws IOException, InterruptedException {
		Map<String, Turns> turns = new LinkedHashMap<>();
		engines.forEach((engine) -> turns.put(engine.name(), new Turns(new double[rounds], new double[rounds])));
		for (int round = 0; round < rounds; round++) {
			for (Contender engine : Alternation.order(engines, round)) {
				Turns own = Objects.requireNonNull(turns.get(engine.name()));
				boolean bound = roofline.bounds(row);
				double before = bound ? roofline.probe() : Double.NaN;
				own.rates()[round] = engine.measure(row);
				own.ofReads()[round] = bound ? roofline.share(row, own.rates()[round], before, roofline.probe())
						: Double.NaN;
			}
		}
		return result(row, turns);
	}

	static Result result(EngineRow row, Map<String, Turns> turns) {
		Turns ours = turns.values().iterator().next();
		List<Measured> measured = new ArrayList<>();
		turns.forEach((name, own) -> {
			double share = Quantiles.median(own.ofReads());
			boolean known = !Double.isNaN(share);
			measured.add(new Measured(name, Quantiles.median(own.rates()), own.rates(),
					Bootstrap.ratio(ours.rates(), own.rates()), known ? share : null,
					known ? Bootstrap.ratio(ours.ofReads(), own.ofReads()) : null));
		});
		return new Result(row.name(), measured);
	}

	static Table table(List<Result> results) {
		Table table = new Table("tokens/s", "ours", "of reads", "best peer", "of reads", "", "ratio (95 % interval)",
				"ratio of reads");
		for (Result result : results) {
			Measured ours = result.engines().getFirst();
			Measured best = result.best();
			table.row(result.row(), rate(ours.tokensPerSecond()), percent(ours.ofReads()), rate(best.tokensPerSecond()),
					percent(best.ofReads()), best.engine(), best.oursOverIt().text(), text(best.oursOfReadsOverIt()));
			for (Measured other : result.engines().stream().skip(1).toList()) {
				if (other != best) {
					table.row("", "", "", rate(other.tokensPerSecond()), percent(other.ofReads()), other.engine(),
							other.oursOverIt().text(), text(other.oursOfReadsOverIt()));
				}
			}
		}
		return table;
	}

	private static String percent(@Nullable Double share) {
		return (share == null) ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
	}

	private static String text(@Nullable Interval ratio) {
		return (ratio == null) ? "" : ratio.text();
	}

	private static String rate(double value) {
		return String.format(Locale.ROOT, "%,.1f", value);
	}

	/**
	 * An engine's turns on a row: tokens per second, and which part of what memory gave
	 * before and after it reached, NaN where that does not bound it or isn't known.
	 */
	record Turns(double[] rates, double[] ofReads) {
	}

	/**
	 * An engine's rates on a row.
	 *
	 * @param tokensPerSecond the median
	 * @param oursOverIt our median over its
	 * @param ofReads which part of the probed reads from memory it reached, the median;
	 * null where they do not bound it or aren't known
	 * @param oursOfReadsOverIt our part over its: a ratio without what memory changed
	 * from one turn to the next
	 */
	record Measured(String engine, double tokensPerSecond, double[] all, Interval oursOverIt, @Nullable Double ofReads,
			@Nullable Interval oursOfReadsOverIt) {
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
