package io.llmserving.starter.cuda;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.DeviceProbe;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the artifact carries, in a JVM: the library loads, speaks the engine's ABI with
 * the same structs, and says what it finds on this machine.
 */
class CudaLibraryTests {

	@TempDir
	static Path directory;

	@Test
	void theLibraryLoadsAndFindsADeviceOrNamesWhatIsMissing() {
		DeviceProbe probe = DeviceProbe.of(DeviceKind.CUDA, directory);
		assertThat(probe.reason()).doesNotContain("class path");
		if (!probe.usable()) {
			assertThat(probe.reason()).isNotBlank();
			assertThat(probe.remedy()).isNotBlank();
		}
	}

}
