package io.llmserving.model;

import org.jspecify.annotations.Nullable;

import io.llmserving.model.RopeScaling.Yarn;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.weights.JsonMetadata;
import io.llmserving.weights.ModelFileException;

/**
 * Reads from {@code config.json} how queries and keys are rotated:
 * {@code rope_parameters} of transformers 5, possibly one for each type of layer, or
 * {@code rope_theta} and {@code rope_scaling} of transformers 4.
 */
final class HuggingFaceRope {

	private static final String GLOBAL = "full_attention";

	private static final String LOCAL = "sliding_attention";

	private final JsonMetadata config;

	private final HuggingFaceArchitecture architecture;

	private final int headDim;

	private final int trained;

	private final int contextLength;

	/**
	 * Creates a reader.
	 * @param trained tokens that the model was trained for
	 * @param contextLength tokens of a sequence at most
	 */
	HuggingFaceRope(JsonMetadata config, HuggingFaceArchitecture architecture, int headDim, int trained,
			int contextLength) {
		this.config = config;
		this.architecture = architecture;
		this.headDim = headDim;
		this.trained = trained;
		this.contextLength = contextLength;
	}

	Rotation global() throws ModelFileException {
		double base = this.config.number("rope_theta", this.architecture.gemma3() ? 1_000_000.0 : 10_000.0);
		return rotation(parameters(GLOBAL), base);
	}

	/**
	 * Returns the rotation of layers with a window. Those of Gemma 3 have a base of their
	 * own and no scaling.
	 */
	Rotation local() throws ModelFileException {
		if (this.architecture.gemma3()) {
			JsonMetadata all = this.config.object("rope_parameters");
			JsonMetadata parameters = (all != null) ? all.object(LOCAL) : null;
			return rotation(parameters, this.config.number("rope_local_base_freq", 10_000.0));
		}
		return rotation(parameters(LOCAL), this.config.number("rope_theta", 10_000.0));
	}

	private @Nullable JsonMetadata parameters(String layerType) throws ModelFileException {
		JsonMetadata all = this.config.object("rope_parameters");
		if (all == null) {
			all = this.config.object("rope_scaling");
		}
		boolean nested = all != null && (all.has(GLOBAL) || all.has(LOCAL));
		return (nested && all != null) ? all.object(layerType) : all;
	}

	private Rotation rotation(@Nullable JsonMetadata parameters, double fallbackBase) throws ModelFileException {
		double base = fallbackBase;
		double part = this.config.number("partial_rotary_factor", 1.0);
		if (parameters != null) {
			base = parameters.number("rope_theta", base);
			part = parameters.number("partial_rotary_factor", part);
		}
		int rotated = (int) (this.headDim * part);
		if (rotated < 1 || rotated > this.headDim) {
			throw new ModelFileException(this.config.path(), "'partial_rotary_factor' is %s".formatted(part));
		}
		RopeScaling scaling = (parameters != null) ? scaling(parameters, rotated) : RopeScaling.NONE;
		return Rotations.of(this.config.path(), Rotations.HALVES, rotated, base, scaling);
	}

	private RopeScaling scaling(JsonMetadata parameters, int rotated) throws ModelFileException {
		String type = parameters.text("rope_type");
		if (type == null) {
			type = parameters.text("type");
		}
		if (this.architecture == HuggingFaceArchitecture.PHI3 && ("su".equals(type) || "yarn".equals(type))) {
			type = "longrope";
		}
		return switch ((type != null) ? type : "default") {
			case "default" -> RopeScaling.NONE;
			case "linear" -> new RopeScaling.Linear(positive(parameters, "factor", null));
			case "llama3" -> llama3(parameters);
			case "yarn" -> yarn(parameters);
			case "longrope" -> longRope(parameters, rotated);
			default -> throw new ModelFileException(this.config.path(),
					("rope scaling of type '%s' is not supported, only 'default', 'linear', 'llama3', 'yarn' and"
							+ " 'longrope'")
						.formatted(type));
		};
	}

	private RopeScaling llama3(JsonMetadata parameters) throws ModelFileException {
		double low = positive(parameters, "low_freq_factor", null);
		double high = positive(parameters, "high_freq_factor", null);
		if (!(high > low)) {
			throw new ModelFileException(this.config.path(),
					"'high_freq_factor', %s, is not above 'low_freq_factor', %s".formatted(high, low));
		}
		return new RopeScaling.Llama3(positive(parameters, "factor", null), low, high, original(parameters));
	}

	private RopeScaling yarn(JsonMetadata parameters) throws ModelFileException {
		int original = original(parameters);
		double factor = positive(parameters, "factor", (double) this.trained / original);
		double strength = parameters.number("mscale", 0.0);
		double shared = parameters.number("mscale_all_dim", 0.0);
		double recommended = (strength != 0.0 && shared != 0.0)
				? Yarn.recommendedMagnitude(factor, strength) / Yarn.recommendedMagnitude(factor, shared)
				: Yarn.recommendedMagnitude(factor, 1.0);
		return new Yarn(factor, positive(parameters, "beta_fast", Yarn.FAST),
				positive(parameters, "beta_slow", Yarn.SLOW), original, parameters.flag("truncate", true),
				(float) positive(parameters, "attention_factor", recommended));
	}

	// transformers changes to the long factors as soon as a sequence exceeds the original
	// context, and its cache then mixes both. Here the engine's context decides, once.
	private RopeScaling longRope(JsonMetadata parameters, int rotated) throws ModelFileException {
		int original = original(parameters);
		double factor = positive(parameters, "factor", (double) this.trained / original);
		double recommended = (factor <= 1.0) ? 1.0 : Math.sqrt(1.0 + Math.log(factor) / Math.log(original));
		String key = (this.contextLength > original) ? "long_factor" : "short_factor";
		double[] divisors = parameters.numbers(key);
		if (divisors == null || divisors.length != rotated / 2) {
			throw new ModelFileException(this.config.path(), "'%s' has %s numbers, %d pairs are rotated".formatted(key,
					(divisors != null) ? divisors.length : "no", rotated / 2));
		}
		return new RopeScaling.Divided(divisors, (float) positive(parameters, "attention_factor", recommended));
	}

	private int original(JsonMetadata parameters) throws ModelFileException {
		String key = "original_max_position_embeddings";
		long original = this.config.integer(key, parameters.integer(key, originalFallback()));
		if (original < 1 || original > Integer.MAX_VALUE) {
			throw new ModelFileException(this.config.path(), "'%s' is %d".formatted(key, original));
		}
		return (int) original;
	}

	private int originalFallback() {
		return (this.architecture == HuggingFaceArchitecture.PHI3) ? 4096 : this.trained;
	}

	private double positive(JsonMetadata parameters, String key, @Nullable Double fallback) throws ModelFileException {
		if (fallback == null && !parameters.has(key)) {
			throw new ModelFileException(this.config.path(), "'%s' of the rope parameters is missing".formatted(key));
		}
		double value = parameters.number(key, (fallback != null) ? fallback : 0.0);
		if (!(value > 0.0)) {
			throw new ModelFileException(this.config.path(), "'%s' is %s".formatted(key, value));
		}
		return value;
	}

}
