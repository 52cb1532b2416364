package io.llmserving.fuzz;

import java.nio.file.Path;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.text.TokenizerFormatException;
import io.llmserving.weights.GgufFile;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.TensorView;

/**
 * GGUF files, from the header to the tokenizer.
 */
class GgufFuzzTests {

	private static final Scratch scratch = new Scratch();

	@FuzzTest(maxDuration = "2m")
	void aFileIsReadOrRefused(byte[] content) throws Exception {
		Path file = scratch.write("model.gguf", content);
		try (GgufFile gguf = GgufFile.open(file)) {
			for (TensorView tensor : gguf.all()) {
				if (tensor.data().byteSize() > content.length) {
					throw new AssertionError(tensor + " is larger than its file");
				}
			}
		}
		catch (ModelFileException ex) {
			return;
		}
		readModel(file);
	}

	private static void readModel(Path file) {
		try (OpenModel model = ModelReader.open(file, 0)) {
			model.tokenizer().encode("Hello, world", true, true);
			model.chatTemplate();
			model.revision();
			model.program();
		}
		catch (ModelFileException | TokenizerFormatException ex) {
			// Refused, as documented.
		}
	}

}
