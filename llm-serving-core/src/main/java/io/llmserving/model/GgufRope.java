package io.llmserving.model;

import org.jspecify.annotations.Nullable;

import io.llmserving.model.RopeScaling.Yarn;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.weights.GgufFile;
import io.llmserving.weights.GgufMetadata;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.TensorView;

/**
 * Reads from a GGUF file how queries and keys are rotated.
 */
final class GgufRope {

	private final GgufFile file;

	private final GgufMetadata metadata;

	private final String prefix;

	private final int style;

	private final int rotated;

	private final int trained;

	private final int contextLength;

	/**
	 * Creates a reader.
	 * @param rotated dimensions of a head that are rotated
	 * @param trained tokens that the model was trained for
	 * @param contextLength tokens of a sequence at most
	 */
	GgufRope(GgufFile file, String architecture, int rotated, int trained, int contextLength) {
		this.file = file;
		this.metadata = file.metadata();
		this.prefix = architecture + ".rope.";
		// Llama's files have queries and keys permuted for a rotation of neighbours, all
		// others have them as they were trained.
		this.style = architecture.equals("llama") ? Rotations.NEIGHBOURS : Rotations.HALVES;
		this.rotated = rotated;
		this.trained = trained;
		this.contextLength = contextLength;
	}

	Rotation global() throws ModelFileException {
		return rotation("freq_base", scaling());
	}

	/** The rotation of Gemma 3's local layers. */
	Rotation local() throws ModelFileException {
		return rotation("freq_base_swa", RopeScaling.NONE);
	}

	private Rotation rotation(String baseKey, RopeScaling scaling) throws ModelFileException {
		double base = this.metadata.number(this.prefix + baseKey, 10000.0);
		return Rotations.of(this.file.path(), this.style, this.rotated, base, scaling);
	}

	private RopeScaling scaling() throws ModelFileException {
		double[] factors = factors("rope_freqs.weight");
		if (factors != null) {
			return new RopeScaling.Divided(factors, 1.0f);
		}
		int original = original();
		double[] chosen = factors(
				(this.contextLength > original) ? "rope_factors_long.weight" : "rope_factors_short.weight");
		if (chosen != null) {
			return new RopeScaling.Divided(chosen, (float) positive("scaling.attn_factor", 1.0));
		}
		String type = this.metadata.text(this.prefix + "scaling.type");
		return switch ((type != null) ? type : "none") {
			case "none" -> RopeScaling.NONE;
			case "linear" -> new RopeScaling.Linear(positive("scaling.factor", 1.0));
			case "yarn" -> yarn(original);
			default -> throw new ModelFileException(this.file.path(),
					"rope scaling of type '%s' is not supported, only 'linear' and 'yarn'".formatted(type));
		};
	}

	// The magnitude is as in llama.cpp, which multiplies the paper's with a key's.
	private Yarn yarn(int original) throws ModelFileException {
		double factor = positive("scaling.factor", 1.0);
		double magnitude = Yarn.recommendedMagnitude(factor, 1.0) * positive("scaling.attn_factor", 1.0);
		return new Yarn(factor, positive("scaling.yarn_beta_fast", Yarn.FAST),
				positive("scaling.yarn_beta_slow", Yarn.SLOW), original, true, (float) magnitude);
	}

	private int original() throws ModelFileException {
		String key = this.prefix + "scaling.original_context_length";
		long original = this.metadata.integer(key, this.trained);
		if (original < 1 || original > Integer.MAX_VALUE) {
			throw new ModelFileException(this.file.path(), "metadata '%s' is %d".formatted(key, original));
		}
		return (int) original;
	}

	private double @Nullable [] factors(String name) throws ModelFileException {
		TensorView tensor = this.file.tensor(name);
		if (tensor == null) {
			return null;
		}
		float[] floats = ModelWeights.floats(tensor, this.rotated / 2);
		double[] factors = new double[floats.length];
		for (int i = 0; i < factors.length; i++) {
			factors[i] = floats[i];
		}
		return factors;
	}

	private double positive(String key, double fallback) throws ModelFileException {
		double value = this.metadata.number(this.prefix + key, fallback);
		if (!(value > 0.0)) {
			throw new ModelFileException(this.file.path(), "metadata '%s%s' is %s".formatted(this.prefix, key, value));
		}
		return value;
	}

}
