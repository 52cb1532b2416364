package io.llmserving.model;

/**
 * How rotary frequencies are changed for contexts longer than a model was first trained
 * for.
 */
sealed interface RopeScaling {

	RopeScaling NONE = new Linear(1.0);

	/**
	 * Returns the scaled frequencies.
	 * @param frequencies of the pairs, {@code base^(-2i / rotated)}
	 * @param base of the frequencies
	 */
	double[] scale(double[] frequencies, double base);

	/** Factor on sine and cosine. */
	default float magnitude() {
		return 1.0f;
	}

	/**
	 * Positions are divided by a factor.
	 */
	record Linear(double factor) implements RopeScaling {

		@Override
		public double[] scale(double[] frequencies, double base) {
			double[] scaled = frequencies.clone();
			for (int i = 0; i < scaled.length; i++) {
				scaled[i] /= this.factor;
			}
			return scaled;
		}

	}

	/**
	 * Every pair has a divisor of its own: Llama 3's scaling as GGUF files have it, and
	 * LongRoPE (arXiv 2402.13753).
	 */
	record Divided(double[] divisors, @Override float magnitude) implements RopeScaling {

		@Override
		public double[] scale(double[] frequencies, double base) {
			double[] scaled = frequencies.clone();
			for (int i = 0; i < scaled.length; i++) {
				scaled[i] /= this.divisors[i];
			}
			return scaled;
		}

	}

	/**
	 * Llama 3's: low frequencies are divided by a factor, high ones kept, those between
	 * blended. As transformers defines it.
	 *
	 * @param low turns within the original context below which a pair is divided
	 * @param high turns within the original context above which a pair is kept
	 */
	record Llama3(double factor, double low, double high, int originalContext) implements RopeScaling {

		@Override
		public double[] scale(double[] frequencies, double base) {
			double[] scaled = frequencies.clone();
			for (int i = 0; i < scaled.length; i++) {
				double turns = this.originalContext * frequencies[i] / (2.0 * Math.PI);
				double kept = Math.clamp((turns - this.low) / (this.high - this.low), 0.0, 1.0);
				scaled[i] = frequencies[i] * (kept + (1.0 - kept) / this.factor);
			}
			return scaled;
		}

	}

	/**
	 * YaRN (arXiv 2309.00071): pairs that turn often within the original context are
	 * kept, those that hardly turn are divided, with a ramp over the pairs between.
	 *
	 * @param fast turns from which on a pair is kept
	 * @param slow turns up to which a pair is divided
	 * @param truncate whether the ramp begins and ends at whole pairs
	 */
	record Yarn(double factor, double fast, double slow, int originalContext, boolean truncate,
			@Override float magnitude) implements RopeScaling {

		static final double FAST = 32.0;

		static final double SLOW = 1.0;

		/**
		 * Returns the factor on sine and cosine that the paper recommends.
		 */
		static double recommendedMagnitude(double factor, double strength) {
			return (factor <= 1.0) ? 1.0 : 0.1 * strength * Math.log(factor) + 1.0;
		}

		@Override
		public double[] scale(double[] frequencies, double base) {
			double low = pair(this.fast, frequencies.length, base);
			double high = pair(this.slow, frequencies.length, base);
			if (this.truncate) {
				low = Math.floor(low);
				high = Math.ceil(high);
			}
			low = Math.max(low, 0.0);
			high = Math.min(high, 2.0 * frequencies.length - 1.0);
			double width = (high == low) ? 0.001 : high - low;
			double[] scaled = frequencies.clone();
			for (int i = 0; i < scaled.length; i++) {
				double divided = Math.clamp((i - low) / width, 0.0, 1.0);
				scaled[i] = frequencies[i] * (1.0 - divided + divided / this.factor);
			}
			return scaled;
		}

		// The pair, as a fraction, that makes so many turns within the original context.
		private double pair(double turns, int pairs, double base) {
			return pairs * Math.log(this.originalContext / (turns * 2.0 * Math.PI)) / Math.log(base);
		}

	}

}
