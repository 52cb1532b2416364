package io.llmserving.runtime;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Which device is wanted.
 *
 * @param kind its kind
 * @param library a library to use instead of the one on the class path, null for that one
 * @param extractDirectory where that one is extracted to
 * @param threads size of the thread team, 0 for the number of physical cores
 * @param ordinal which of several devices of a kind
 * @param deterministic whether results are the same to the bit whatever else is in a
 * step; those of a CPU always are
 */
public record DeviceRequest(DeviceKind kind, @Nullable Path library, Path extractDirectory, int threads, int ordinal,
		boolean deterministic) {

	/**
	 * Asks for the CPU.
	 */
	public static DeviceRequest cpu(@Nullable Path library, Path extractDirectory, int threads) {
		return new DeviceRequest(DeviceKind.CPU, library, extractDirectory, threads, 0, false);
	}

}
