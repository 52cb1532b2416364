package io.llmserving.serving;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.KvType;

/**
 * Where a model runs, and with which numbers.
 *
 * @param device kind of device, null for the best one that can be used
 * @param ordinal which of several devices of a kind
 * @param deterministic whether a request's results are the same to the bit whatever else
 * runs; a CPU's always are
 * @param exact whether activations, keys and values are f32, which only a CPU does
 * @param kvType type of keys and values, null for the one that goes with the activations
 */
public record ModelPlacement(@Nullable DeviceKind device, int ordinal, boolean deterministic, boolean exact,
		@Nullable KvType kvType) {

	/**
	 * Creates a placement from the names of settings.
	 * @param device auto, cpu, cuda, hip or emulator
	 * @param kvType auto, f32, bf16, fp8 or int8
	 */
	public static ModelPlacement of(String device, int ordinal, boolean deterministic, boolean exact, String kvType) {
		KvType type = switch (kvType) {
			case "auto" -> null;
			case "fp8" -> KvType.E4M3;
			default -> KvType.valueOf(kvType.toUpperCase(Locale.ROOT));
		};
		return new ModelPlacement(device.equals("auto") ? null : DeviceKind.valueOf(device.toUpperCase(Locale.ROOT)),
				ordinal, deterministic, exact, type);
	}

	/** The type of keys and values. */
	KvType keysAndValues() {
		KvType chosen = this.kvType;
		return (chosen != null) ? chosen : this.exact ? KvType.F32 : KvType.BF16;
	}

	/** Activations and type of keys and values, as a key of cached blocks. */
	String numbers() {
		return (this.exact ? "f32/" : "auto/") + keysAndValues().name().toLowerCase(Locale.ROOT);
	}

}
