package io.llmserving.bench.scenario;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import io.llmserving.bench.load.Answer;
import io.llmserving.bench.report.Table;
import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Distribution;
import io.llmserving.bench.statistics.Interval;

/**
 * What long prompts did to streams and the streams to them. Milliseconds.
 *
 * @param disturbedGap gaps of the streams that overlap a long prompt's time to its first
 * token
 * @param quietGap gaps that overlap none, nor the prompt of another stream
 * @param aloneFirstToken the long prompts' times on an idle server
 * @param mixedFirstToken their times while the streams decoded
 * @param firstTokenRatio of the medians of the two
 */
record MixedResult(Distribution disturbedGap, Distribution quietGap, double gapRatio, Distribution aloneFirstToken,
		Distribution mixedFirstToken, Interval firstTokenRatio, int failed, Map<String, Integer> errors) {

	static MixedResult of(List<Answer> alone, List<Answer> decoding, List<Answer> disturbing) {
		Map<String, Integer> errors = new TreeMap<>();
		List<Answer> all = Stream.of(alone, decoding, disturbing).flatMap(List::stream).toList();
		all.forEach((answer) -> {
			if (answer.error() != null) {
				errors.merge(answer.error(), 1, Integer::sum);
			}
		});
		Gaps.Split gaps = Gaps.split(decoding, Gaps.prefills(disturbing), Gaps.prefills(decoding));
		Distribution disturbed = Distribution.of(gaps.disturbed());
		Distribution quiet = Distribution.of(gaps.quiet());
		double[] aloneTimes = firstTokens(alone);
		double[] mixedTimes = firstTokens(disturbing);
		int failed = (int) all.stream().filter((answer) -> !answer.completed()).count();
		return new MixedResult(disturbed, quiet, disturbed.p99() / quiet.p99(), Distribution.of(aloneTimes),
				Distribution.of(mixedTimes), Bootstrap.ratio(mixedTimes, aloneTimes), failed, errors);
	}

	private static double[] firstTokens(List<Answer> answers) {
		return answers.stream().filter(Answer::completed).mapToDouble(Answer::timeToFirstToken).toArray();
	}

	String text() {
		Table table = new Table("ms", "count", "p50", "p99", "max");
		row(table, "gap, long prompt meanwhile", this.disturbedGap);
		row(table, "gap, quiet", this.quietGap);
		row(table, "long prompt's first token, alone", this.aloneFirstToken);
		row(table, "long prompt's first token, mixed", this.mixedFirstToken);
		StringBuilder text = new StringBuilder(table.text());
		text.append("p99 gap, long prompt meanwhile / quiet: %.2f%n".formatted(this.gapRatio));
		text.append("first token, mixed / alone: %s%n".formatted(this.firstTokenRatio.text()));
		this.errors.forEach((error, count) -> text.append("%d x %s%n".formatted(count, error)));
		return text.toString();
	}

	private static void row(Table table, String name, Distribution values) {
		table.row(name, values.count(), "%.2f".formatted(values.p50()), "%.2f".formatted(values.p99()),
				"%.2f".formatted(values.max()));
	}

}
