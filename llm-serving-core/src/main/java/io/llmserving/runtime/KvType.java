package io.llmserving.runtime;

/**
 * Types of cached keys and values, in the order of {@code llm_kv_type}.
 */
public enum KvType {

	F32, BF16, F16,

	/** 8 bits of floating point, 3 of them mantissa. */
	E4M3,

	/** 8 bits of floating point, 2 of them mantissa. */
	E5M2,

	/** 8-bit integers with a scale per token and head. */
	INT8

}
