package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

import io.llmserving.bench.load.Answer;

/**
 * Gaps between tokens, told apart by what else the server did meanwhile.
 */
final class Gaps {

	private Gaps() {
	}

	/**
	 * Splits the answers' gaps.
	 * @param answers streams that decode
	 * @param disturbances times in which something else arrived and was computed
	 * @param own times in which one of the streams' own prompts was: gaps that overlap
	 * them and no disturbance count as neither
	 */
	static Split split(List<Answer> answers, List<Span> disturbances, List<Span> own) {
		DoubleStream.Builder disturbed = DoubleStream.builder();
		DoubleStream.Builder quiet = DoubleStream.builder();
		for (Answer answer : answers) {
			long[] arrivals = answer.arrivals();
			for (int i = 1; i < arrivals.length; i++) {
				Span gap = new Span(arrivals[i - 1], arrivals[i]);
				if (gap.overlapsAny(disturbances)) {
					disturbed.add(gap.milliseconds());
				}
				else if (!gap.overlapsAny(own)) {
					quiet.add(gap.milliseconds());
				}
			}
		}
		return new Split(disturbed.build().toArray(), quiet.build().toArray());
	}

	/**
	 * Returns the times from each request to its first token.
	 */
	static List<Span> prefills(List<Answer> answers) {
		List<Span> spans = new ArrayList<>();
		for (Answer answer : answers) {
			if (answer.arrivals().length > 0) {
				spans.add(new Span(answer.sent(), answer.arrivals()[0]));
			}
		}
		return spans;
	}

	/**
	 * A time between two moments, in nanoseconds.
	 */
	record Span(long from, long to) {

		boolean overlapsAny(List<Span> others) {
			return others.stream().anyMatch((other) -> this.from < other.to && other.from < this.to);
		}

		double milliseconds() {
			return (this.to - this.from) / 1e6;
		}

	}

	/**
	 * Gaps in milliseconds.
	 */
	record Split(double[] disturbed, double[] quiet) {
	}

}
