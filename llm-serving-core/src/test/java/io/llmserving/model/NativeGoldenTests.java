package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the native library in its exact mode to the logits of transformers in float32, by
 * every instruction set and for chunks that do not divide blocks.
 */
class NativeGoldenTests {

	@TempDir
	static Path directory;

	@ParameterizedTest
	@CsvSource({ "llama3,AUTO,300", "mistral,AUTO,37", "qwen2,AUTO,64", "qwen3,AUTO,1", "gemma2,AUTO,128",
			"gemma3,AUTO,17", "llama3,SCALAR,33", "gemma3,SCALAR,300", "llama3,AVX2,50", "gemma2,AVX2,50" })
	void theNativeProgramComputesTheLogitsOfTransformers(String name, Device.Isa isa, int chunk) throws IOException {
		Golden golden = Golden.read(name);
		try (OpenModel model = ModelReader.open(Golden.FOLDER.resolve(name + ".gguf"), 0);
				Device device = Device.create(null, directory, 2, isa);
				CompiledProgram program = device.compile(model.program(), true, 16)) {
			float[][] all = StepLogits.of(program, golden.tokens(), chunk);
			float[][] chosen = new float[all.length][golden.ids().length];
			for (int t = 0; t < all.length; t++) {
				for (int i = 0; i < chosen[t].length; i++) {
					chosen[t][i] = all[t][golden.ids()[i]];
				}
			}
			assertThat(golden.cosine(chosen)).isGreaterThan(0.9999);
			assertThat(golden.largestError(chosen)).isLessThan(2e-3);
		}
	}

}
