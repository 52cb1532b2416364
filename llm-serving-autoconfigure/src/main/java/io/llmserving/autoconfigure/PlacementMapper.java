package io.llmserving.autoconfigure;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.autoconfigure.LlmServingProperties.Model;
import io.llmserving.serving.ModelPlacement;

/**
 * Turns a model's properties into where it runs and with which numbers.
 */
final class PlacementMapper {

	private final String id;

	private final Model model;

	private final Model defaults;

	PlacementMapper(String id, Model model, Model defaults) {
		this.id = id;
		this.model = model;
		this.defaults = defaults;
	}

	/**
	 * Maps.
	 * @throws InvalidModelPropertyException naming the property that is wrong
	 */
	ModelPlacement map() {
		String device = SettingsMapper.oneOf(this.id, "device", first(this.model.device(), this.defaults.device()),
				"auto", "cpu", "cuda", "hip", "emulator");
		boolean exact = SettingsMapper
			.oneOf(this.id, "activations", first(this.model.activations(), this.defaults.activations()), "auto", "f32")
			.equals("f32");
		return ModelPlacement.of(device, ordinal(), deterministic(device), exact, kvType(exact, device));
	}

	private int ordinal() {
		List<Integer> own = this.model.deviceIds();
		List<Integer> other = this.defaults.deviceIds();
		List<Integer> ids = (own != null) ? own : (other != null) ? other : List.of(0);
		if (ids.size() != 1 || ids.get(0) < 0) {
			throw invalid("device-ids", ids.toString(),
					"One device runs a model: give one number, counted from 0, such as [0].");
		}
		return ids.get(0);
	}

	private boolean deterministic(String device) {
		String value = SettingsMapper.oneOf(this.id, "deterministic",
				first(this.model.deterministic(), this.defaults.deterministic()), "auto", "true", "false");
		if (value.equals("false") && device.equals("cpu")) {
			throw invalid("deterministic", value,
					"A CPU's results always are the same whatever else runs: use 'auto' or 'true'.");
		}
		return value.equals("true");
	}

	private String kvType(boolean exact, String device) {
		String value = SettingsMapper.oneOf(this.id, "kv-cache.type",
				first(this.model.kvCache().type(), this.defaults.kvCache().type()), "auto", "f32", "bf16", "fp8",
				"int8");
		if (value.equals("f32") && !exact && !device.equals("cpu")) {
			throw invalid("kv-cache.type", value,
					"Only a CPU has keys and values in f32: set 'device: cpu', or use 'auto'.");
		}
		if (exact && !value.equals("auto") && !value.equals("f32")) {
			throw invalid("kv-cache.type", value,
					"Under 'activations: f32' keys and values are f32 too: use 'auto' or 'f32'.");
		}
		if (device.equals("cpu") && value.equals("fp8")) {
			throw invalid("kv-cache.type", value,
					"On a CPU keys and values are bf16, int8 or f32: use 'int8' for half the memory of bf16.");
		}
		return value;
	}

	private InvalidModelPropertyException invalid(String key, String value, String remedy) {
		return new InvalidModelPropertyException(SettingsMapper.PREFIX + this.id + "." + key, value, remedy);
	}

	private static String first(@Nullable String own, @Nullable String other) {
		return (own != null) ? own : (other != null) ? other : "auto";
	}

}
