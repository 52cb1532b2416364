package io.llmserving.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * How often a library is read, hashed, written and loaded: counted, by the loader and by
 * the files that appear.
 */
class LoadedLibrariesTests {

	@TempDir
	Path directory;

	@Test
	void aLibraryIsLoadedOnceForEachDirectory() {
		List<Path> loads = new ArrayList<>();
		LoadedLibraries libraries = new LoadedLibraries((kind, directory) -> {
			loads.add(directory);
			return new NativeKernels(NativeLibraryFile.extract(kind, directory));
		});
		NativeKernels first = libraries.get(DeviceKind.CPU, this.directory.resolve("a"));
		assertThat(libraries.get(DeviceKind.CPU, this.directory.resolve("b/../a"))).isSameAs(first);
		assertThat(libraries.get(DeviceKind.CPU, this.directory.resolve("b"))).isNotSameAs(first);
		assertThat(loads).containsExactly(this.directory.resolve("a"), this.directory.resolve("b"));
	}

	@Test
	void aLibraryThatFailedIsTriedAnew() {
		List<Path> loads = new ArrayList<>();
		LoadedLibraries libraries = new LoadedLibraries((kind, directory) -> {
			loads.add(directory);
			throw new NativeLibraryException("The disk is full", "Make room.");
		});
		for (int attempt = 0; attempt < 2; attempt++) {
			assertThatExceptionOfType(NativeLibraryException.class)
				.isThrownBy(() -> libraries.get(DeviceKind.CPU, this.directory));
		}
		assertThat(loads).hasSize(2);
	}

	@Test
	void aProbeAndTheDeviceThatIsOpenedAfterItExtractTheLibraryOnce() throws IOException {
		assertThat(DeviceProbe.of(DeviceKind.CPU, this.directory)).isNotNull();
		List<Path> extracted = files();
		assertThat(extracted).hasSize(1);
		Files.delete(extracted.getFirst());
		DeviceProbe.of(DeviceKind.CPU, this.directory);
		try (Device device = Device.open(DeviceRequest.cpu(null, this.directory, 1))) {
			assertThat(device.kind()).isEqualTo(DeviceKind.CPU);
		}
		assertThat(files()).isEmpty();
	}

	private List<Path> files() throws IOException {
		try (Stream<Path> files = Files.list(this.directory)) {
			return files.toList();
		}
	}

}
