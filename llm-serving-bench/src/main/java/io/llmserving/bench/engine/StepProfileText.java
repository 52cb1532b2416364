package io.llmserving.bench.engine;

import java.util.Locale;

import io.llmserving.bench.report.Table;
import io.llmserving.runtime.StepPart;
import org.jspecify.annotations.Nullable;

/**
 * A profile for people.
 */
final class StepProfileText {

	private StepProfileText() {
	}

	static Table table(StepProfile profile) {
		Table table = new Table("  of a step", "ms", "share", "GOP", "MB", "GOP/s", "GB/s", "of the roofline");
		profile.parts().forEach((part, cost) -> row(table, name(part), cost));
		return row(table, "all", profile.step());
	}

	private static Table row(Table table, String name, StepProfile.Cost cost) {
		return table.row("  " + name, number("%.3f", cost.milliseconds()), number("%.1f %%", 100 * cost.share()),
				number("%.4f", cost.gigaOperations()), number("%.2f", cost.megabytes()),
				number("%.1f", cost.gigaOperationsPerSecond()), number("%.1f", cost.gigabytesPerSecond()),
				percent(cost.roofline()));
	}

	/** Nothing to compute or to read is not zero of it. */
	private static String number(String format, double value) {
		return (value == 0) ? "-" : String.format(Locale.ROOT, format, value);
	}

	private static String percent(@Nullable Double share) {
		return (share == null) ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
	}

	private static String name(StepPart part) {
		return switch (part) {
			case OTHER -> "plans and copies";
			case EMBED -> "embed";
			case LINEAR -> "matrix products";
			case NORM -> "norm";
			case ROPE_CACHE -> "rope, cache write";
			case ATTENTION -> "attention";
			case ACTIVATE_MULTIPLY -> "activate";
			case ADD -> "add";
			case HEAD -> "head";
			case SAMPLE -> "sampling";
			case WAIT -> "waiting at barriers";
		};
	}

}
