package io.llmserving.bench.load;

import java.util.List;

/**
 * A finished run.
 *
 * @param answers in the order of their end
 * @param nanos from its first request's time to the last answer's end
 * @param generatorNanos CPU time of the generator's thread
 * @param processNanos CPU time of the generator's whole process, its compiler and
 * collector included
 */
public record LoadRun(List<Answer> answers, long nanos, long generatorNanos, long processNanos) {

	/**
	 * Returns the answers that ended so.
	 */
	public List<Answer> ended(Outcome outcome) {
		return this.answers.stream().filter((answer) -> answer.outcome() == outcome).toList();
	}

	public double seconds() {
		return this.nanos / 1e9;
	}

	/**
	 * Returns generated tokens per second, cut answers' included.
	 */
	public double tokensPerSecond() {
		return this.answers.stream().mapToLong(Answer::completionTokens).sum() / seconds();
	}

	/**
	 * Returns answers per second that were fast enough.
	 */
	public double goodput(Slo slo) {
		return this.answers.stream().filter(slo::met).count() / seconds();
	}

	/**
	 * Returns the share of requests, failed ones included, that were answered fast
	 * enough.
	 */
	public double attainment(Slo slo) {
		return (double) this.answers.stream().filter(slo::met).count() / this.answers.size();
	}

}
