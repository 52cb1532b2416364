package io.llmserving.bench.load;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

import io.llmserving.bench.statistics.Bootstrap;
import io.llmserving.bench.statistics.Distribution;
import io.llmserving.bench.statistics.Interval;

/**
 * What several runs of the same load showed. Times are milliseconds; only complete
 * answers count for them.
 *
 * @param outcomes how many requests ended how
 * @param errors texts of what went wrong and how often
 * @param tokensPerSecond generated tokens per second, median of the runs
 * @param requestsPerSecond complete answers per second, median of the runs
 * @param goodput answers per second that met the objective, median of the runs
 * @param attainment share of all requests that met it
 * @param gap between events with output of one answer
 * @param lag how much later than due the generator sent a request
 * @param promptTokens of a request, on the average; 0 if the server does not count
 * @param cachedShare share of the prompts' tokens that the server had in its cache
 * @param tokensCountedBy who counted generated tokens
 * @param generatorCpuPer1000 CPU milliseconds of the generator's thread per 1,000 tokens
 * @param generatorCores cores that the generator's process kept busy
 */
public record LoadSummary(int runs, Map<Outcome, Integer> outcomes, Map<String, Integer> errors,
		Interval tokensPerSecond, double[] tokensPerSecondOfRuns, Interval requestsPerSecond, Interval goodput,
		double attainment, Distribution timeToFirstToken, Interval timeToFirstTokenMedian,
		Distribution timePerOutputToken, Interval timePerOutputTokenMedian, Distribution gap, Distribution endToEnd,
		Distribution lag, double promptTokens, double cachedShare, String tokensCountedBy, double generatorCpuPer1000,
		double generatorCores) {

	/**
	 * Summarizes runs.
	 */
	public static LoadSummary of(List<LoadRun> runs, Slo slo) {
		List<Answer> all = runs.stream().flatMap((run) -> run.answers().stream()).toList();
		List<Answer> complete = all.stream().filter(Answer::completed).toList();
		double[] ttft = of(complete, Answer::timeToFirstToken);
		double[] tpot = of(complete.stream().filter((answer) -> answer.completionTokens() > 1).toList(),
				Answer::timePerOutputToken);
		double[] tokens = runs.stream().mapToDouble(LoadRun::tokensPerSecond).toArray();
		double seconds = runs.stream().mapToDouble(LoadRun::seconds).sum();
		double generated = all.stream().mapToDouble(Answer::completionTokens).sum();
		double prompts = complete.stream().mapToDouble(Answer::promptTokens).sum();
		return new LoadSummary(runs.size(), outcomes(all), errors(all), Bootstrap.median(tokens), tokens, Bootstrap
			.median(runs.stream().mapToDouble((run) -> run.ended(Outcome.COMPLETED).size() / run.seconds()).toArray()),
				Bootstrap.median(runs.stream().mapToDouble((run) -> run.goodput(slo)).toArray()),
				(double) all.stream().filter(slo::met).count() / all.size(), Distribution.of(ttft),
				Bootstrap.median(ttft), Distribution.of(tpot), Bootstrap.median(tpot),
				Distribution.of(complete.stream().map(Answer::gaps).flatMapToDouble(Arrays::stream).toArray()),
				Distribution.of(of(complete, Answer::endToEnd)),
				Distribution.of(of(all, (answer) -> (answer.sent() - answer.due()) / 1e6)),
				prompts / Math.max(1, complete.size()),
				complete.stream().mapToDouble(Answer::cachedTokens).sum() / Math.max(1, prompts), countedBy(complete),
				runs.stream().mapToLong(LoadRun::generatorNanos).sum() / 1e3 / Math.max(1, generated),
				runs.stream().mapToLong(LoadRun::processNanos).sum() / 1e9 / seconds);
	}

	/**
	 * Returns the number of requests that ended so.
	 */
	public int count(Outcome outcome) {
		return this.outcomes.getOrDefault(outcome, 0);
	}

	/**
	 * Returns whether every request was answered in full.
	 */
	public boolean clean() {
		return count(Outcome.COMPLETED) > 0 && count(Outcome.FAILED) == 0 && count(Outcome.REJECTED) == 0;
	}

	private static double[] of(List<Answer> answers, ToDoubleFunction<Answer> value) {
		return answers.stream().mapToDouble(value).toArray();
	}

	private static Map<Outcome, Integer> outcomes(List<Answer> answers) {
		Map<Outcome, Integer> counts = new TreeMap<>();
		answers.forEach((answer) -> counts.merge(answer.outcome(), 1, Integer::sum));
		return counts;
	}

	private static Map<String, Integer> errors(List<Answer> answers) {
		Map<String, Integer> counts = new TreeMap<>();
		answers.stream()
			.flatMap((answer) -> (answer.error() != null) ? Stream.of(answer.status() + ": " + answer.error())
					: Stream.empty())
			.forEach((error) -> counts.merge(error, 1, Integer::sum));
		return counts;
	}

	private static String countedBy(List<Answer> complete) {
		long counted = complete.stream().filter(Answer::counted).count();
		return (counted == complete.size()) ? "the server's usage"
				: (counted == 0) ? "events with output (the server sends no usage)"
						: "the server's usage for %d of %d answers, else events with output".formatted(counted,
								complete.size());
	}

}
