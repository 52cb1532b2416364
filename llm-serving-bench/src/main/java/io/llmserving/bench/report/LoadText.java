package io.llmserving.bench.report;

import java.util.Locale;

import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Outcome;
import io.llmserving.bench.statistics.Distribution;

/**
 * A load's summary for people.
 */
public final class LoadText {

	private LoadText() {
	}

	/**
	 * Returns several lines.
	 */
	public static String of(LoadSummary load) {
		StringBuilder text = new StringBuilder();
		line(text, "requests", "%d complete, %d failed, %d rejected, %d cancelled in %d runs",
				load.count(Outcome.COMPLETED), load.count(Outcome.FAILED), load.count(Outcome.REJECTED),
				load.count(Outcome.CANCELLED), load.runs());
		load.errors().forEach((error, count) -> line(text, "  " + count + " x", "%s", error));
		line(text, "generated tokens/s", "%s", load.tokensPerSecond().text());
		line(text, "requests/s", "%s", load.requestsPerSecond().text());
		line(text, "goodput requests/s", "%s, %.1f %% of requests met the objective", load.goodput().text(),
				100 * load.attainment());
		line(text, "prompt tokens", "%.0f, %.0f %% of them cached; tokens counted by %s", load.promptTokens(),
				100 * load.cachedShare(), load.tokensCountedBy());
		Table times = times();
		row(times, "time to first token", load.timeToFirstToken());
		row(times, "time per output token", load.timePerOutputToken());
		row(times, "gap between events", load.gap());
		row(times, "end to end", load.endToEnd());
		text.append(times.text());
		line(text, "generator", "%.2f ms of CPU per 1,000 tokens, its process %.3f cores; sent at most %.1f ms late",
				load.generatorCpuPer1000(), load.generatorCores(), load.lag().max());
		return text.toString();
	}

	/**
	 * Returns a table of other times.
	 */
	public static String of(String name, Distribution values) {
		Table times = times();
		row(times, values.count() + " x " + name, values);
		return times.text();
	}

	private static Table times() {
		return new Table("ms", "mean", "p50", "p90", "p95", "p99", "max");
	}

	private static void row(Table table, String name, Distribution values) {
		table.row(name, number(values.mean()), number(values.p50()), number(values.p90()), number(values.p95()),
				number(values.p99()), number(values.max()));
	}

	private static String number(double value) {
		return String.format(Locale.ROOT, "%.2f", value);
	}

	private static void line(StringBuilder text, String name, String format, Object... values) {
		text.append(String.format(Locale.ROOT, "%-22s", name))
			.append(String.format(Locale.ROOT, format, values))
			.append(System.lineSeparator());
	}

}
