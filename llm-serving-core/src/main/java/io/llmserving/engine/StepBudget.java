package io.llmserving.engine;

import java.util.concurrent.TimeUnit;

/**
 * What a step may compute: a number of tokens, and, while others decode, no more prompt
 * than about doubles their step, nor than keeps it near a target time. So a prompt takes
 * about twice as long beside them, and they beside it. Where more sequences wait for
 * their prompts than decode, the prompts' part of the step grows in that proportion: few
 * who decode don't hold up many. A floor lets long prompts go on whatever the prediction.
 * Engine thread only.
 */
final class StepBudget {

	/**
	 * How much longer those who decode wait for their next token, as a part of their step
	 * without prompts.
	 */
	private static final double SLOWDOWN = 0.85;

	/** How long they wait at most. */
	private static final double TARGET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	private final StepCost cost;

	private final int tokens;

	private final int floor;

	private int spent;

	private int prompt;

	private int prompts;

	private int decodes;

	private double attended;

	/** What those who decode attend to. */
	private double decodesAttended;

	StepBudget(int tokens, StepCost cost) {
		this.tokens = tokens;
		this.cost = cost;
		this.floor = Math.max(1, tokens / 64);
	}

	/**
	 * Begins a step.
	 * @param prompts sequences that run or may enter and lack more than a token
	 */
	void begin(int prompts) {
		this.prompts = prompts;
		this.spent = 0;
		this.prompt = 0;
		this.decodes = 0;
		this.attended = 0;
		this.decodesAttended = 0;
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
		double slowdown = SLOWDOWN * Math.max(1, (double) this.prompts / this.decodes);
		double target = Math.min(TARGET_NANOS, (1 + slowdown) * this.cost.predict(this.decodes, this.decodesAttended));
		double time = target - this.cost.predict(this.spent, this.attended);
		double each = this.cost.perToken(position + most / 2.0);
		int timely = (each > 0) ? (int) Math.clamp((long) (time / each), 0, most) : most;
		return Math.min(most, Math.max(timely, this.floor - this.prompt));
	}

	void spend(int count, int position, boolean decode) {
		this.spent += count;
		double keys = count * (position + (count + 1) / 2.0);
		this.decodes += decode ? 1 : 0;
		this.decodesAttended += decode ? keys : 0;
		this.prompt += decode ? 0 : count;
		this.attended += keys;
	}

}
