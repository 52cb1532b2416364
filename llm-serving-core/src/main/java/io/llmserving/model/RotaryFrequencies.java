package io.llmserving.model;

import org.jspecify.annotations.Nullable;

import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;

/**
 * Angles per position of the pairs of a head that are rotated.
 */
final class RotaryFrequencies {

	private RotaryFrequencies() {
	}

	/**
	 * Returns {@code base^(-2i / rotated) / (divisor * factor[i])}.
	 * @param divisor of linear scaling, 1 for none
	 * @param factors a divisor for each pair, as Llama 3's scaling has them
	 */
	static Vector of(int rotated, double base, double divisor, @Nullable Vector factors) {
		float[] frequencies = new float[rotated / 2];
		for (int i = 0; i < frequencies.length; i++) {
			double frequency = Math.pow(base, -2.0 * i / rotated) / divisor;
			frequencies[i] = (float) ((factors != null) ? frequency / factors.values()[i] : frequency);
		}
		return new Vector("rotary frequencies", frequencies);
	}

}
