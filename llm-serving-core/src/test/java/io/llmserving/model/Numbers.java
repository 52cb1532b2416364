package io.llmserving.model;

import java.io.IOException;

import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.KvType;

/**
 * Types of activations, keys and values that a CPU computes with.
 */
public enum Numbers {

	/** What models have unless their settings say otherwise. */
	DEFAULT(false, KvType.BF16),

	/** The default with keys and values in int8. */
	INT8_CACHE(false, KvType.INT8),

	/** All in f32. */
	EXACT(true, KvType.F32);

	private final boolean exact;

	private final KvType keysAndValues;

	Numbers(boolean exact, KvType keysAndValues) {
		this.exact = exact;
		this.keysAndValues = keysAndValues;
	}

	/** Compiles a model with blocks of {@link StepDriver#BLOCK} tokens. */
	public CompiledProgram compile(Device device, OpenModel model) throws IOException {
		return device.compile(model.program(), this.exact, this.keysAndValues, StepDriver.BLOCK);
	}

}
