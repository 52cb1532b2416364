package io.llmserving.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceKind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DevicesTests {

	@TempDir
	static Path directory;

	private final MemoryBudget memory = MemoryBudget.of(1L << 30);

	private final Devices devices = new Devices(
			new ServingSettings(null, directory, true, null, directory, null, 1, List.of(), List.of()), this.memory);

	@Test
	void withoutAGpuAutoIsTheCpu() {
		try (this.devices; Device device = this.devices.open(model("auto", false))) {
			assertThat(device.kind()).isEqualTo(DeviceKind.CPU);
			assertThat(device.processors()).isZero();
			assertThat(this.devices.budget(device)).isSameAs(this.memory);
		}
	}

	@Test
	void modelsOnTheCpuShareIt() {
		try (this.devices;
				Device one = this.devices.open(model("auto", false));
				Device other = this.devices.open(model("cpu", true))) {
			assertThat(one).isSameAs(other);
		}
	}

	@ParameterizedTest
	@CsvSource({ "cuda, llm-serving-starter-cuda", "hip, llm-serving-starter-hip" })
	void aNamedDeviceWithoutItsLibraryIsRefusedWithTheArtifactThatHasIt(String device, String artifact) {
		try (this.devices) {
			assertThatExceptionOfType(ModelStartupException.class)
				.isThrownBy(() -> this.devices.open(model(device, false)))
				.withMessageContaining("'" + device + "' cannot be used")
				.satisfies((ex) -> assertThat(ex.remedy()).contains(artifact));
		}
	}

	@Test
	void exactActivationsOnAGpuAreRefused() {
		try (this.devices) {
			assertThatExceptionOfType(ModelStartupException.class)
				.isThrownBy(() -> this.devices.open(model("cuda", true)))
				.withMessageContaining("f32")
				.satisfies((ex) -> assertThat(ex.remedy()).contains("cpu"));
		}
	}

	@Test
	void aDevicesMemoryIsCountedApartFromTheMachines() {
		MemoryBudget gpu = MemoryBudget.ofDevice("a GPU of this test", 1000L << 20);
		gpu.weights("chat", 900L << 20);
		assertThat(this.memory.planned()).isZero();
		assertThatExceptionOfType(ModelStartupException.class).isThrownBy(() -> gpu.cache("chat", 1 << 20, 1 << 20))
			.withMessageContaining("a GPU of this test")
			.withMessageContaining("0 MiB are left");
		gpu.releaseAll();
	}

	private static ModelSettings model(String device, boolean exact) {
		return new ModelSettings("chat", "file:/nothing", ModelSettings.Load.STARTUP, true, false, null,
				ModelPlacement.of(device, 0, false, exact, "auto"), 100, 1 << 20, 16, true,
				new ModelSettings.Scheduling(1, 1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1),
						Duration.ofSeconds(1)),
				SamplingParameters.defaults(),
				new ModelSettings.Restart(1, Duration.ofSeconds(1), Duration.ofSeconds(1)));
	}

}
