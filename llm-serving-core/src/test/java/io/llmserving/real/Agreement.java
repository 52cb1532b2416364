package io.llmserving.real;

/**
 * How much one way of computing logits differs from another, over many positions.
 */
final class Agreement {

	private long positions;

	private long sameTop;

	private double divergence;

	private long targets;

	private double referenceLoss;

	private double loss;

	/**
	 * Adds a position.
	 * @param reference logits of the reference
	 * @param other logits of what is held against it
	 * @param target the token that follows in the text, -1 at its end
	 */
	void add(float[] reference, float[] other, int target) {
		int referenceTop = largest(reference);
		int otherTop = largest(other);
		double referenceSum = 0.0;
		double otherSum = 0.0;
		double weighted = 0.0;
		for (int id = 0; id < reference.length; id++) {
			double p = Math.exp(reference[id] - reference[referenceTop]);
			referenceSum += p;
			otherSum += Math.exp(other[id] - other[otherTop]);
			weighted += p * (reference[id] - other[id]);
		}
		double referenceLog = reference[referenceTop] + Math.log(referenceSum);
		double otherLog = other[otherTop] + Math.log(otherSum);
		this.positions++;
		this.sameTop += (referenceTop == otherTop) ? 1 : 0;
		this.divergence += weighted / referenceSum - referenceLog + otherLog;
		if (target >= 0) {
			this.targets++;
			this.referenceLoss += referenceLog - reference[target];
			this.loss += otherLog - other[target];
		}
	}

	/** Returns the mean Kullback-Leibler divergence from the reference, in nats. */
	double meanDivergence() {
		return this.divergence / this.positions;
	}

	/** Returns the share of positions where the largest logit is the same token's. */
	double sameTop() {
		return (double) this.sameTop / this.positions;
	}

	double referencePerplexity() {
		return Math.exp(this.referenceLoss / this.targets);
	}

	double perplexity() {
		return Math.exp(this.loss / this.targets);
	}

	private static int largest(float[] logits) {
		int best = 0;
		for (int id = 1; id < logits.length; id++) {
			best = (logits[id] > logits[best]) ? id : best;
		}
		return best;
	}

	@Override
	public String toString() {
		return "KL %.5f, same top token %.2f %%, perplexity %.4f against %.4f, over %d positions"
			.formatted(meanDivergence(), 100.0 * sameTop(), perplexity(), referencePerplexity(), this.positions);
	}

}
