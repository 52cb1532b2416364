package io.llmserving.runtime;

import java.util.Locale;

/**
 * Kinds of devices, each behind a native library of its own.
 */
public enum DeviceKind {

	/** The processor, with its vector instructions. */
	CPU("llm-serving-core"),

	/** An NVIDIA GPU. */
	CUDA("llm-serving-starter-cuda"),

	/** An AMD GPU. */
	HIP("llm-serving-starter-hip"),

	/** The GPU's kernels and host code, executed on the processor. */
	EMULATOR("llm-serving-test, built with the Maven profile 'emulator'");

	private final String artifact;

	DeviceKind(String artifact) {
		this.artifact = artifact;
	}

	/**
	 * Returns the kind's name in settings.
	 */
	public String id() {
		return name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Returns the artifact that carries the kind's library.
	 */
	public String artifact() {
		return this.artifact;
	}

	/**
	 * Returns whether the kind's memory is the machine's own.
	 */
	public boolean usesHostMemory() {
		return this == CPU || this == EMULATOR;
	}

	String library() {
		return "libllmserving_" + id() + ".so";
	}

}
