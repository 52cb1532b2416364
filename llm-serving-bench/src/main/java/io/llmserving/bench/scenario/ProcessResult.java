package io.llmserving.bench.scenario;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.report.Table;
import io.llmserving.bench.statistics.Interval;

/**
 * What a server's process needs.
 *
 * @param residentAtFirst bytes in RAM after the first token
 * @param residentAfterMany the same after many requests
 * @param anonymousAfterMany those of them that no file backs
 * @param idleCores share of a core that it uses without requests, before and after
 */
record ProcessResult(Start start, long residentAtFirst, long residentAfterMany, long anonymousAfterMany, int many,
		double idleCores, double idleCoresAfterMany, List<Load> loads, LoadSummary manyRequests) {

	boolean clean() {
		return this.manyRequests.clean() && this.loads.stream().allMatch((load) -> load.summary().clean());
	}

	String text() {
		StringBuilder text = new StringBuilder();
		text.append(String.format(Locale.ROOT, "process start to first token: %s s%n",
				this.start.secondsToFirstToken().text()));
		text.append(String.format(Locale.ROOT,
				"resident memory: %.0f MB after the first token, %.0f MB (%.0f MB of them anonymous) after %d requests more%n",
				this.residentAtFirst / 1e6, this.residentAfterMany / 1e6, this.anonymousAfterMany / 1e6, this.many));
		text.append(String.format(Locale.ROOT, "idle: %.2f %% of a core, %.2f %% after them%n", 100 * this.idleCores,
				100 * this.idleCoresAfterMany));
		Table table = new Table("streams", "tokens/s", "outside the engine, % of all cores", "most of it");
		this.loads.forEach((load) -> table.row(load.streams(), load.summary().tokensPerSecond().text(),
				String.format(Locale.ROOT, "%.2f", 100 * load.outsideTeamShare()), load.threads()));
		text.append(table.text());
		this.manyRequests.errors().forEach((error, count) -> text.append("%d x %s%n".formatted(count, error)));
		return text.toString();
	}

	/**
	 * Starts with the model in the page cache.
	 */
	record Start(Interval secondsToFirstToken, double[] all) {
	}

	/**
	 * A load and what the process used for it.
	 *
	 * @param cpuSeconds of all its threads
	 * @param outsideTeamShare CPU time of threads that do not compute steps, of what all
	 * cores had
	 * @param threadSeconds CPU time by thread name
	 */
	record Load(int streams, double wallSeconds, double cpuSeconds, double outsideTeamShare,
			Map<String, Double> threadSeconds, LoadSummary summary) {

		/** The threads that cost most. */
		String threads() {
			return this.threadSeconds.entrySet()
				.stream()
				.sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
				.limit(6)
				.map((thread) -> String.format(Locale.ROOT, "%s %.2f s", thread.getKey(), thread.getValue()))
				.collect(Collectors.joining(", "));
		}

	}

}
