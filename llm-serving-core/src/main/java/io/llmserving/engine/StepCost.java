package io.llmserving.engine;

/**
 * Learns what a step costs: {@code a + b * tokens + c * attended}, with attended the sum
 * over query tokens of the keys each sees. Least squares in which older steps count less
 * and less. Allocates nothing. Engine thread only.
 */
final class StepCost {

	/** Steps before predictions are made. */
	private static final int WARM_UP = 12;

	private static final double FORGET = 0.985;

	/** Brings attended to the size of tokens, for the numbers' sake. */
	private static final double ATTENDED_UNIT = 1.0 / 1024;

	/** Upper triangle of the normal equations' matrix, and their right side. */
	private final double[] m = new double[6];

	private final double[] y = new double[3];

	private int observed;

	private double fixed;

	private double perToken;

	private double perAttended;

	void observe(int tokens, double attended, long nanos) {
		double k = attended * ATTENDED_UNIT;
		for (int i = 0; i < this.m.length; i++) {
			this.m[i] *= FORGET;
		}
		this.m[0] += 1;
		this.m[1] += tokens;
		this.m[2] += k;
		this.m[3] += (double) tokens * tokens;
		this.m[4] += tokens * k;
		this.m[5] += k * k;
		this.y[0] = this.y[0] * FORGET + nanos;
		this.y[1] = this.y[1] * FORGET + (double) nanos * tokens;
		this.y[2] = this.y[2] * FORGET + nanos * k;
		this.observed++;
		solve();
	}

	/** Returns whether enough steps were seen. */
	boolean known() {
		return this.observed >= WARM_UP;
	}

	/** Predicts a step's nanoseconds. */
	double predict(int tokens, double attended) {
		return this.fixed + this.perToken * tokens + this.perAttended * attended * ATTENDED_UNIT;
	}

	/** Predicts what one more token costs that sees so many keys. */
	double perToken(double keys) {
		return this.perToken + this.perAttended * keys * ATTENDED_UNIT;
	}

	// Elimination on the symmetric matrix. A little on its diagonal keeps terms small
	// that the steps seen so far don't tell apart; costs below zero make no sense.
	private void solve() {
		double a = this.m[0] * 1.000001;
		double d = this.m[3] * 1.0001 + 1e-3 - this.m[1] * this.m[1] / a;
		double e = this.m[4] - this.m[1] * this.m[2] / a;
		double f = this.m[5] * 1.0001 + 1e-3 - this.m[2] * this.m[2] / a;
		double v = this.y[1] - this.m[1] * this.y[0] / a;
		double w = this.y[2] - this.m[2] * this.y[0] / a;
		this.perAttended = Math.max(0, (w - e * v / d) / (f - e * e / d));
		this.perToken = Math.max(0, (v - e * this.perAttended) / d);
		this.fixed = Math.max(0, (this.y[0] - this.m[1] * this.perToken - this.m[2] * this.perAttended) / a);
	}

}
