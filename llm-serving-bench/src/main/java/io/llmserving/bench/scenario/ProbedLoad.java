package io.llmserving.bench.scenario;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.server.Probe;
import org.jspecify.annotations.Nullable;

/**
 * A load, and what was asked for meanwhile.
 *
 * @param probe null where nothing was
 */
record ProbedLoad(@JsonUnwrapped LoadSummary load,
		@JsonInclude(JsonInclude.Include.NON_NULL) Probe.@Nullable Result probe) {

	boolean clean() {
		return this.load.clean() && (this.probe == null || this.probe.clean());
	}

	String text() {
		String load = LoadText.of(this.load);
		return (this.probe != null)
				? load + LoadText.of(this.probe.address().getPath(), this.probe.times()) + errors(this.probe) : load;
	}

	private static String errors(Probe.Result probe) {
		StringBuilder text = new StringBuilder();
		probe.errors().forEach((error, count) -> text.append("  %d x %s%n".formatted(count, error)));
		return text.toString();
	}

}
