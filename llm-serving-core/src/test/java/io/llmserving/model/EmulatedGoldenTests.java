package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceRequest;
import io.llmserving.runtime.Emulator;
import io.llmserving.runtime.KvType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the GPU's kernels and host code to the exact mode of the CPU, for a model of each
 * architecture. The yardstick is the CPU's default mode, which rounds to bf16 where it
 * multiplies matrices and where it caches; the GPU's values are bf16 between operations
 * too, which is measured at up to twice the error.
 */
@Emulator.Needed
class EmulatedGoldenTests {

	@TempDir
	static Path directory;

	@ParameterizedTest
	@CsvSource({ "llama3.gguf,300,BF16", "mistral.gguf,37,BF16", "qwen2.gguf,64,BF16", "qwen3.gguf,7,BF16",
			"gemma2.gguf,128,BF16", "gemma3.gguf,17,BF16", "phi3.gguf,61,BF16", "llama3,300,INT8" })
	void theGpusProgramComputesTheLogitsOfTheExactMode(String file, int chunk, KvType type) throws IOException {
		Golden golden = Golden.read(file.replace(".gguf", ""));
		float[][] exact = cpu(file, golden, true);
		try (OpenModel model = ModelReader.open(Golden.FOLDER.resolve(file), 0);
				Device device = Emulator.open(directory, false);
				CompiledProgram program = device.compile(model.program(), false, type, 16)) {
			float[][] logits = StepLogits.of(program, golden.tokens(), chunk);
			assertThat(smallestCosine(exact, logits)).isGreaterThan(0.99);
			assertThat(largestError(exact, logits)).isLessThan(2.5 * largestError(exact, cpu(file, golden, false)));
		}
	}

	private static float[][] cpu(String file, Golden golden, boolean exact) throws IOException {
		try (OpenModel model = ModelReader.open(Golden.FOLDER.resolve(file), 0);
				Device device = Device.create(DeviceRequest.cpu(null, directory, 2), Device.Isa.AUTO);
				CompiledProgram program = device.compile(model.program(), exact, 16)) {
			return StepLogits.of(program, golden.tokens(), 300);
		}
	}

	private static double smallestCosine(float[][] a, float[][] b) {
		double smallest = 1.0;
		for (int t = 0; t < a.length; t++) {
			double dot = 0.0;
			double left = 0.0;
			double right = 0.0;
			for (int i = 0; i < a[t].length; i++) {
				dot += (double) a[t][i] * b[t][i];
				left += (double) a[t][i] * a[t][i];
				right += (double) b[t][i] * b[t][i];
			}
			smallest = Math.min(smallest, dot / Math.sqrt(left * right));
		}
		return smallest;
	}

	private static double largestError(float[][] a, float[][] b) {
		double largest = 0.0;
		for (int t = 0; t < a.length; t++) {
			for (int i = 0; i < a[t].length; i++) {
				largest = Math.max(largest, Math.abs((double) a[t][i] - b[t][i]));
			}
		}
		return largest;
	}

}
