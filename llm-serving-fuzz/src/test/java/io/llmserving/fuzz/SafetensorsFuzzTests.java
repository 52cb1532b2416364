package io.llmserving.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.SafetensorsDirectory;
import io.llmserving.weights.TensorView;

/**
 * Safetensors files and the index of files that belong together.
 */
class SafetensorsFuzzTests {

	private static final Scratch files = new Scratch();

	private static final Scratch indexes = new Scratch();

	@FuzzTest(maxDuration = "2m")
	void aFileIsReadOrRefused(byte[] content) throws Exception {
		files.write("model.safetensors", content);
		try (SafetensorsDirectory directory = SafetensorsDirectory.open(files.directory())) {
			for (TensorView tensor : directory.all()) {
				if (tensor.data().byteSize() > content.length) {
					throw new AssertionError(tensor + " is larger than its file");
				}
			}
		}
		catch (ModelFileException ex) {
			// Refused, as documented.
		}
	}

	@FuzzTest(maxDuration = "2m")
	void anIndexIsReadOrRefused(byte[] content) throws Exception {
		indexes.write("model.safetensors.index.json", content);
		try (SafetensorsDirectory directory = SafetensorsDirectory.open(indexes.directory())) {
			directory.all();
		}
		catch (ModelFileException ex) {
			// Refused, as documented.
		}
	}

}
