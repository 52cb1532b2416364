package io.llmserving.bench.load;

/**
 * What a user calls fast enough.
 *
 * @param timeToFirstToken milliseconds at most
 * @param timePerOutputToken milliseconds at most
 */
public record Slo(double timeToFirstToken, double timePerOutputToken) {

	/**
	 * Returns whether an answer is complete and fast enough.
	 */
	public boolean met(Answer answer) {
		return answer.completed() && answer.timeToFirstToken() <= this.timeToFirstToken
				&& answer.timePerOutputToken() <= this.timePerOutputToken;
	}

}
