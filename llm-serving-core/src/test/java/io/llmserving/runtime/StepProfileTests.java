package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.weights.TensorType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Profiles of steps, through the native library.
 */
class StepProfileTests {

	private static final int VOCABULARY = 40;

	@TempDir
	static Path directory;

	@Test
	void timeIsCountedByPartWhileItIsAskedFor() {
		try (Device device = Device.create(DeviceRequest.cpu(null, directory, 1), Device.Isa.AUTO);
				CompiledProgram program = device.compile(program(), false, 16);
				StepRunner runner = runner(program)) {
			step(runner);
			assertThat(sum(runner.profile(true))).isZero();
			long start = System.nanoTime();
			step(runner);
			long took = System.nanoTime() - start;
			Map<StepPart, Long> profile = runner.profile(false);
			assertThat(profile).containsOnlyKeys(StepPart.values());
			profile.forEach((part, nanos) -> {
				boolean absent = part == StepPart.NORM || part == StepPart.ROPE_CACHE || part == StepPart.ATTENTION
						|| part == StepPart.ACTIVATE_MULTIPLY;
				assertThat(nanos > 0).as(part.name()).isEqualTo(!absent);
			});
			assertThat(sum(profile)).isLessThanOrEqualTo(took);
			step(runner);
			assertThat(sum(runner.profile(false))).isZero();
		}
	}

	@Test
	void tensorsTakeAllOfTheWeights() {
		try (Device device = Device.create(DeviceRequest.cpu(null, directory, 1), Device.Isa.AUTO);
				CompiledProgram program = device.compile(program(), false, 16)) {
			assertThat(program.tensorBytes(0)).isGreaterThanOrEqualTo(VOCABULARY * 32 * 2);
			assertThat(program.tensorBytes(0) + program.tensorBytes(1)).isEqualTo(program.weightBytes());
		}
	}

	/** A GPU's steps are profiled by tools of its vendor. */
	@Nested
	@Emulator.Needed
	class OnAGpu {

		@Test
		void thereIsNone() {
			try (Device device = Emulator.open(directory, false);
					CompiledProgram program = device.compile(program(), false, 16);
					StepRunner runner = runner(program)) {
				assertThatExceptionOfType(EngineException.class).isThrownBy(() -> runner.profile(true))
					.withMessageContaining("profile");
			}
		}

	}

	private static long sum(Map<StepPart, Long> profile) {
		return profile.values().stream().mapToLong(Long::longValue).sum();
	}

	private static void step(StepRunner runner) {
		StepPlan plan = new StepPlan();
		plan.addSequence(plan.addToken(3), 1, 0, 0);
		plan.addJob(plan.addHeadRow(0), 0, 0, 0, false, -1);
		runner.await(runner.submit(plan), new StepResult());
	}

	private static StepRunner runner(CompiledProgram program) {
		StepRunner runner = program.runner(new StepLimits(4, 1, 1, 1, 1, 16, 1, 0, 1, VOCABULARY, 0));
		runner.setSlot(0, new SlotParameters(0f, 1f, 0f, 0, 1f, 0f, 0f, 0, -1, 0, new int[0], new int[0], new float[0]),
				new int[0], 0, new int[0], 0);
		return runner;
	}

	/** Without attention: a table and a matrix. */
	private static ProgramSpec program() {
		ProgramBuilder p = new ProgramBuilder(VOCABULARY);
		Matrix table = matrix(VOCABULARY);
		Value x = p.embed(table, 1);
		return p.build(p.add(x, p.linear(x, matrix(32))), table, 1, 0);
	}

	private static Matrix matrix(int rows) {
		MemorySegment zeros = Arena.ofAuto().allocate(rows * 32L * TensorType.BF16.blockBytes(), 64);
		return new Matrix("matrix", TensorType.BF16.id(), rows, 32, zeros);
	}

}
