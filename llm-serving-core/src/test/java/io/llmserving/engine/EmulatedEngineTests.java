package io.llmserving.engine;

import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.Emulator;

@Emulator.Needed
class EmulatedEngineTests {

	private static final int BLOCK = 16;

	@TempDir
	static Path directory;

	@ParameterizedTest
	@CsvSource({ "llama3,2", "gemma3,3" })
	void deterministicAnswersAreTheSameToTheBitAloneAndTogether(String name, int depth) throws Exception {
		Path file = Path.of("src/test/resources/io/llmserving/model", name + ".gguf");
		try (OpenModel model = ModelReader.open(file, 0);
				Device device = Emulator.open(directory, true);
				CompiledProgram program = device.compile(model.program(), false, BLOCK)) {
			new EngineScenario(program).answersAreTheSameToTheBitAloneAndTogether(depth);
		}
	}

}
