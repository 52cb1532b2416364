package io.llmserving.engine;

import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceRequest;

class NativeEngineTests {

	private static final int BLOCK = 16;

	@TempDir
	static Path directory;

	@ParameterizedTest
	@CsvSource({ "llama3,1,false", "llama3,2,true", "mistral,2,false", "mistral,3,true", "gemma3,1,false",
			"gemma3,2,true", "gemma3,3,false" })
	void answersAreTheSameToTheBitAloneAndTogether(String name, int depth, boolean exact) throws Exception {
		Path file = Path.of("src/test/resources/io/llmserving/model", name + ".gguf");
		try (OpenModel model = ModelReader.open(file, 0);
				Device device = Device.create(DeviceRequest.cpu(null, directory, 2), Device.Isa.AUTO);
				CompiledProgram program = device.compile(model.program(), exact, BLOCK)) {
			new EngineScenario(program).answersAreTheSameToTheBitAloneAndTogether(depth);
		}
	}

}
