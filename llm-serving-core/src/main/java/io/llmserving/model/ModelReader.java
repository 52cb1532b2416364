package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import io.llmserving.weights.ModelFileException;

/**
 * Opens models of every format.
 */
public final class ModelReader {

	private ModelReader() {
	}

	/**
	 * Reads headers and configuration of a model and maps its weights, which are not read
	 * yet.
	 * @param path a GGUF file, or a directory with {@code config.json} and safetensors
	 * files
	 * @param contextLength how many tokens a sequence will have at most, 0 for as many as
	 * the model was made for. Models with two sets of rotary factors (LongRoPE) get the
	 * long ones if it exceeds their original context, the short ones otherwise, once and
	 * for all sequences
	 * @return the model, to be closed by the caller
	 * @throws ModelFileException if there is no model, its architecture is unknown, or a
	 * file is damaged, untruthful, unreadable or of an unsupported kind
	 */
	public static OpenModel open(Path path, int contextLength) throws ModelFileException {
		if (contextLength < 0) {
			throw new IllegalArgumentException("A context of %d tokens".formatted(contextLength));
		}
		try {
			return Files.isDirectory(path) ? HuggingFaceModel.open(path, contextLength)
					: GgufModel.open(path, contextLength);
		}
		catch (ModelFileException ex) {
			throw ex;
		}
		catch (NoSuchFileException ex) {
			throw new ModelFileException(path, "there is no such file", ex);
		}
		catch (IOException ex) {
			throw new ModelFileException(path, "cannot be read: " + ex.getMessage(), ex);
		}
	}

}
