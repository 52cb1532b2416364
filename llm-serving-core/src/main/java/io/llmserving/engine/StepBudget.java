package io.llmserving.engine;

import java.util.concurrent.TimeUnit;

/**
 * What a step may compute: a number of tokens, and, while others decode, no more prompt
 * than keeps the step near a target time. A floor lets long prompts go on whatever the
 * prediction. Engine thread only.
 */
final class StepBudget {

	/** How long those who decode wait for their next token because of a prompt. */
	private static final double TARGET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	private final StepCost cost;

	private final int tokens;

	private final int floor;

	private int spent;

	private int prompt;

	private int decodes;

	private double attended;

	StepBudget(int tokens, StepCost cost) {
		this.tokens = tokens;
		this.cost = cost;
		this.floor = Math.max(1, tokens / 8);
	}

	void begin() {
		this.spent = 0;
		this.prompt = 0;
		this.decodes = 0;
		this.attended = 0;
	}

	int left() {
		return this.tokens - this.spent;
	}

	double attended() {
		return this.attended;
	}

	/**
	 * Returns how many of a sequence's pending tokens fit.
	 * @param position of the first of them
	 */
	int allow(int pending, int position) {
		int most = Math.min(pending, left());
		if (pending == 1 || this.decodes == 0 || !this.cost.known()) {
			return most;
		}
		double time = TARGET_NANOS - this.cost.predict(this.spent, this.attended);
		double each = this.cost.perToken(position + most / 2.0);
		int timely = (each > 0) ? (int) Math.clamp((long) (time / each), 0, most) : most;
		return Math.min(most, Math.max(timely, this.floor - this.prompt));
	}

	void spend(int count, int position, boolean decode) {
		this.spent += count;
		this.decodes += decode ? 1 : 0;
		this.prompt += decode ? 0 : count;
		this.attended += count * (position + (count + 1) / 2.0);
	}

}
