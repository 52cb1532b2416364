package io.llmserving.model;

import java.io.IOException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds every architecture's program, from files of both formats, to the logits of
 * transformers in float32, over 300 positions that cross windows and limits of rope
 * scaling. The largest logits are 7 to 70.
 */
class ArchitectureGoldenTests {

	private static final double LARGEST_ERROR = 1e-3;

	@ParameterizedTest
	@ValueSource(strings = { "llama3", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3" })
	void theProgramOfAGgufFileComputesTheLogitsOfTransformers(String name) throws IOException {
		assertLogits(name + ".gguf", 0, Golden.read(name));
	}

	@ParameterizedTest
	@ValueSource(strings = { "llama3", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3" })
	void theProgramOfADirectoryComputesTheLogitsOfTransformers(String name) throws IOException {
		assertLogits(name, 0, Golden.read(name));
	}

	@Test
	void aContextWithinTheOriginalOneHasTheShortFactorsOfLongRope() throws IOException {
		Golden golden = Golden.read("phi3-short");
		assertLogits("phi3.gguf", 64, golden);
		assertLogits("phi3", 64, golden);
	}

	@Test
	void theWrongFactorsOfLongRopeWouldShow() throws IOException {
		Golden golden = Golden.read("phi3-short");
		try (OpenModel model = ModelReader.open(Golden.FOLDER.resolve("phi3"), 65)) {
			float[][] logits = new ScalarProgram(model.program()).logits(golden.tokens(), golden.ids());
			assertThat(golden.cosine(logits)).isLessThan(0.9999);
		}
	}

	private static void assertLogits(String file, int contextLength, Golden golden) throws IOException {
		try (OpenModel model = ModelReader.open(Golden.FOLDER.resolve(file), contextLength)) {
			float[][] logits = new ScalarProgram(model.program()).logits(golden.tokens(), golden.ids());
			assertThat(golden.cosine(logits)).isGreaterThan(0.9999);
			assertThat(golden.largestError(logits)).isLessThan(LARGEST_ERROR);
		}
	}

}
