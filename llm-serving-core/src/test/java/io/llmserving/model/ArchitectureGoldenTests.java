package io.llmserving.model;

import java.io.IOException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds every architecture's program to the logits of transformers in float32, over 300
 * positions that cross windows and limits of rope scaling.
 */
class ArchitectureGoldenTests {

	@ParameterizedTest
	@ValueSource(strings = { "llama3", "mistral", "qwen2", "qwen3", "gemma2", "gemma3" })
	void theProgramComputesTheLogitsOfTransformers(String name) throws IOException {
		Golden golden = Golden.read(name);
		try (OpenModel model = ModelReader.open(Golden.FOLDER.resolve(name + ".gguf"), 0)) {
			ScalarProgram program = new ScalarProgram(model.program());
			float[][] logits = program.logits(golden.tokens(), golden.ids());
			assertThat(golden.cosine(logits)).isGreaterThan(0.9999);
			assertThat(golden.largestError(logits)).isLessThan(2e-3);
		}
	}

}
