package io.llmserving.runtime;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * The libraries that this process has brought to the disk and loaded, each once: reading,
 * hashing and loading tens of megabytes is not to be paid by the probe and by the device
 * again. They stay for the rest of the process's life. A library that failed is tried
 * anew. Safe for use by many threads.
 */
final class LoadedLibraries {

	/** Those of the process. */
	static final LoadedLibraries SHARED = new LoadedLibraries(
			(kind, directory) -> new NativeKernels(NativeLibraryFile.extract(kind, directory)));

	private final BiFunction<DeviceKind, Path, NativeKernels> loader;

	private final Map<Key, NativeKernels> loaded = new ConcurrentHashMap<>();

	LoadedLibraries(BiFunction<DeviceKind, Path, NativeKernels> loader) {
		this.loader = loader;
	}

	private record Key(DeviceKind kind, Path directory) {

	}

	/**
	 * Returns a kind's library, extracted to a directory if it is not loaded from there.
	 * @throws NativeLibraryException if there is none, or none that loads
	 */
	NativeKernels get(DeviceKind kind, Path directory) {
		return this.loaded.computeIfAbsent(new Key(kind, directory.toAbsolutePath().normalize()),
				(key) -> this.loader.apply(key.kind(), key.directory()));
	}

}
