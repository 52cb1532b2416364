package io.llmserving.starter.hip;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.DeviceProbe;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the artifact carries, in a JVM: the library loads, speaks the engine's ABI with
 * the same structs, and says what it finds on this machine.
 */
class HipLibraryTests {

	@TempDir
	static Path directory;

	/** Without AMD's compilers the build has made none, and said so. */
	static boolean libraryIsThere() {
		return Boolean.parseBoolean(System.getenv("LLM_SERVING_REQUIRE_TOOLS"))
				|| HipLibraryTests.class.getResource("/native/linux-x86_64/libllmserving_hip.so") != null;
	}

	@Test
	@EnabledIf(value = "libraryIsThere", disabledReason = "the compilers for AMD GPUs are missing")
	void theLibraryLoadsAndFindsADeviceOrNamesWhatIsMissing() {
		DeviceProbe probe = DeviceProbe.of(DeviceKind.HIP, directory);
		assertThat(probe.reason()).doesNotContain("class path");
		if (!probe.usable()) {
			assertThat(probe.reason()).isNotBlank();
			assertThat(probe.remedy()).isNotBlank();
		}
	}

}
