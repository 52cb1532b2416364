package io.llmserving.bench.engine;

import io.llmserving.bench.machine.Peaks;
import io.llmserving.runtime.KvType;
import io.llmserving.weights.TensorType;

/**
 * What numbers are multiplied as. A machine without products of a type computes with f32
 * instead, whose peak is then the type's.
 */
enum Arithmetic {

	INT8, BF16, F32;

	/** Of matrix products, by the type of the weights. */
	static Arithmetic of(int weightType) {
		return switch (TensorType.of(weightType)) {
			case BF16 -> BF16;
			case F32, F16 -> F32;
			case null, default -> INT8;
		};
	}

	/** Of attention, by the type of keys and values. */
	static Arithmetic of(KvType kvType) {
		return switch (kvType) {
			case INT8 -> INT8;
			case BF16 -> BF16;
			case F32, F16, E4M3, E5M2 -> F32;
		};
	}

	/**
	 * Returns the machine's peak in 10^9 operations per second, 0 if it is unknown.
	 */
	double peak(Peaks peaks) {
		double own = switch (this) {
			case INT8 -> peaks.int8Gops();
			case BF16 -> peaks.bf16Gflops();
			case F32 -> peaks.f32Gflops();
		};
		return (own > 0) ? own : peaks.f32Gflops();
	}

}
