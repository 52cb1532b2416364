package io.llmserving.test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

import io.llmserving.api.EngineState;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.DeviceRequest;
import io.llmserving.serving.LocalLlmServing;
import io.llmserving.serving.ModelPlacement;
import io.llmserving.serving.ModelSettings;
import io.llmserving.serving.ServingSettings;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a failing GPU does to requests: the engine opens the device anew behind its
 * handle, everybody is computed again, and answers are what they would have been.
 */
@EnabledIf(value = "emulatorIsThere", disabledReason = "the Maven profile 'emulator' is not active")
class EmulatorFailureTests {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	@TempDir
	static Path directory;

	private final List<EngineState> states = Collections.synchronizedList(new ArrayList<>());

	private LocalLlmServing serving;

	private LlmEngine engine;

	static boolean emulatorIsThere() {
		return EmulatorFailureTests.class.getResource("/native/linux-x86_64/libllmserving_emulator.so") != null;
	}

	@BeforeEach
	void start() {
		ModelSettings model = new ModelSettings("tiny", "classpath:io/llmserving/test/tiny.gguf",
				ModelSettings.Load.STARTUP, true, false, null, ModelPlacement.of("emulator", 0, true, false, "auto"),
				256, 8 << 20, 16, true, new ModelSettings.Scheduling(8, 64, 32, PATIENCE, PATIENCE, PATIENCE),
				SamplingParameters.builder().maxTokens(20).build(),
				new ModelSettings.Restart(3, Duration.ofMillis(5), Duration.ofMillis(20)));
		this.serving = new LocalLlmServing(
				new ServingSettings(null, directory, true, null, directory, 1L << 30, 1, List.of(model), List.of()),
				List.of(), List.of(), (definition) -> {
					throw new IllegalStateException("no model is defined at run time");
				});
		this.serving.changes().subscribe((change) -> this.states.add(change.to()));
		this.serving.start();
		this.engine = this.serving.engine("tiny");
		this.engine.ready().block(PATIENCE);
	}

	@AfterEach
	void stop() {
		this.serving.close();
	}

	@ParameterizedTest
	@CsvSource({ "LAUNCH,0", "LAUNCH,150", "LOST,0", "LOST,333" })
	void aFailedLaunchCostsNoRequestAndChangesNoAnswer(Device.Fault fault, int after) {
		List<String> undisturbed = answers();
		try (Device device = device()) {
			device.inject(fault, after);
			assertThat(answers()).isEqualTo(undisturbed);
		}
		assertThat(this.engine.statistics().restarts()).isEqualTo(1);
		assertThat(this.states).containsSubsequence(EngineState.READY, EngineState.RESTARTING, EngineState.READY);
		assertThat(this.engine.state()).isEqualTo(EngineState.READY);
	}

	@Test
	void severalFailuresOneAfterTheOtherAreSurvived() {
		List<String> undisturbed = answers();
		for (int i = 1; i <= 3; i++) {
			try (Device device = device()) {
				device.inject(Device.Fault.LAUNCH, 40 * i);
				assertThat(answers()).isEqualTo(undisturbed);
			}
			assertThat(this.engine.statistics().restarts()).isEqualTo(i);
		}
	}

	@Test
	void nothingIsLeftOnTheDeviceAfterFailures() {
		try (Device device = device()) {
			device.inject(Device.Fault.LOST, 100);
			answers();
		}
		Device device = device();
		this.serving.close();
		assertThat(device.allocations()).isZero();
		assertThat(device.allocatedBytes()).isZero();
		device.close();
	}

	/** The device that the engine uses now. */
	private static Device device() {
		return Device.open(new DeviceRequest(DeviceKind.EMULATOR, null, directory, 1, 0, true));
	}

	private List<String> answers() {
		return Flux.range(0, 4)
			.flatMapSequential((i) -> this.engine.complete(GenerationRequest.prompt("The sky " + "is ".repeat(i))
				.sampling(SamplingParameters.builder().maxTokens(12).temperature(0.8f).seed(5L + i).n(2).build())
				.build()))
			.map(EmulatorFailureTests::text)
			.collectList()
			.block(PATIENCE);
	}

	private static String text(Generation answer) {
		return String.join("|", answer.choices().stream().map(Generation.Choice::text).toList());
	}

}
