package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceRequest;
import io.llmserving.runtime.EngineException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Holds the native library in its exact mode to the logits of transformers in float32,
 * from files of both formats, by every instruction set and for chunks that do not divide
 * blocks.
 */
class NativeGoldenTests {

	@TempDir
	static Path directory;

	@ParameterizedTest
	@CsvSource({ "llama3.gguf,AUTO,300", "mistral.gguf,AUTO,37", "qwen2.gguf,AUTO,64", "qwen3.gguf,AUTO,1",
			"gemma2.gguf,AUTO,128", "gemma3.gguf,AUTO,17", "phi3.gguf,AUTO,61", "llama3.gguf,SCALAR,33",
			"gemma3.gguf,SCALAR,300", "phi3.gguf,SCALAR,100", "llama3.gguf,AVX2,50", "gemma2.gguf,AVX2,50",
			"llama3,AUTO,16", "mistral,AUTO,300", "qwen2,AVX2,15", "qwen3,SCALAR,300", "gemma2,AUTO,129",
			"gemma3,AVX2,40", "phi3,AUTO,300", "phi3,SCALAR,33", "phi3,AVX2,17", "llama3.gguf,AVX512_VNNI,33",
			"qwen2.gguf,AVX512_VNNI,64", "gemma3,AVX512_VNNI,40" })
	void theNativeProgramComputesTheLogitsOfTransformers(String file, Device.Isa isa, int chunk) throws IOException {
		Golden golden = Golden.read(file.replace(".gguf", ""));
		try (OpenModel model = ModelReader.open(Golden.FOLDER.resolve(file), 0);
				Device device = device(isa);
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

	private static Device device(Device.Isa isa) {
		try {
			return Device.create(DeviceRequest.cpu(null, directory, 2), isa);
		}
		catch (EngineException ex) {
			assumeThat(ex).as("this machine runs %s", isa).hasMessageNotContaining("does not run the instruction set");
			throw ex;
		}
	}

}
