package io.llmserving.real;

/**
 * How far logits are from those of a golden.
 */
final class GoldenErrors {

	private final RealGolden golden;

	private double smallestCosine = 1.0;

	private double largestError;

	private long sameTop;

	private long positions;

	GoldenErrors(RealGolden golden) {
		this.golden = golden;
	}

	/**
	 * Adds all logits of a position.
	 */
	void add(int document, int position, float[] logits) {
		float[] expected = this.golden.logits()[document][position];
		double dot = 0.0;
		double a = 0.0;
		double b = 0.0;
		for (int i = 0; i < expected.length; i++) {
			float value = logits[this.golden.columns()[i]];
			dot += (double) expected[i] * value;
			a += (double) expected[i] * expected[i];
			b += (double) value * value;
			compare(expected[i], value);
		}
		float[] top = this.golden.topLogits()[document][position];
		int[] ids = this.golden.topIds()[document][position];
		for (int i = 0; i < top.length; i++) {
			compare(top[i], logits[ids[i]]);
		}
		// What is not a number must not pass.
		double cosine = dot / Math.sqrt(a * b);
		this.smallestCosine = Math.min(this.smallestCosine, Double.isNaN(cosine) ? -1.0 : cosine);
		this.sameTop += isLargest(logits, ids[0]) ? 1 : 0;
		this.positions++;
	}

	/** Returns the smallest cosine of any position, over the random ids. */
	double smallestCosine() {
		return this.smallestCosine;
	}

	/** Returns the largest difference of any recorded logit. */
	double largestError() {
		return this.largestError;
	}

	/** Returns the share of positions whose largest logit is the golden's. */
	double sameTop() {
		return (double) this.sameTop / this.positions;
	}

	private void compare(float expected, float value) {
		this.largestError = Math.max(this.largestError, Math.abs((double) expected - value));
	}

	private static boolean isLargest(float[] logits, int id) {
		for (float logit : logits) {
			if (logit > logits[id]) {
				return false;
			}
		}
		return true;
	}

	@Override
	public String toString() {
		return "smallest cosine %.7f, largest error %.5f, same top token %.2f %%, over %d positions"
			.formatted(this.smallestCosine, this.largestError, 100.0 * sameTop(), this.positions);
	}

}
