package io.llmserving.model;

import java.nio.file.Path;

import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.weights.ModelFileException;

/**
 * Makes rotations of queries and keys.
 */
final class Rotations {

	/** Style of weights as they were trained. */
	static final int HALVES = 1;

	/** Style of weights whose rows were reordered, as in Llama's GGUF files. */
	static final int NEIGHBOURS = 2;

	private Rotations() {
	}

	/**
	 * Returns the rotation of a head's leading dimensions.
	 * @param rotated how many dimensions, an even number
	 */
	static Rotation of(Path file, int style, int rotated, double base, RopeScaling scaling) throws ModelFileException {
		if (rotated % 2 != 0) {
			throw new ModelFileException(file, "an odd number of dimensions, %d, is rotated".formatted(rotated));
		}
		if (!(base > 1.0)) {
			throw new ModelFileException(file, "the base of the rotary frequencies is %s".formatted(base));
		}
		double[] plain = new double[rotated / 2];
		for (int i = 0; i < plain.length; i++) {
			plain[i] = Math.pow(base, -2.0 * i / rotated);
		}
		double[] scaled = scaling.scale(plain, base);
		float[] frequencies = new float[scaled.length];
		for (int i = 0; i < scaled.length; i++) {
			frequencies[i] = (float) scaled[i];
			if (!Float.isFinite(frequencies[i])) {
				throw new ModelFileException(file,
						"the rotary frequency of pair %d is %s".formatted(i, frequencies[i]));
			}
		}
		return new Rotation(style, rotated, new Vector("rotary frequencies", frequencies), scaling.magnitude());
	}

}
