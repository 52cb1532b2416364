package io.llmserving.weights;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A model file is damaged, untruthful or of a kind that is not supported. The message
 * names the file, and the tensor and offset where there are any.
 */
public class ModelFileException extends IOException {

	private static final long serialVersionUID = 1L;

	public ModelFileException(Path file, String message) {
		super(file + ": " + message);
	}

	public ModelFileException(Path file, String message, Throwable cause) {
		super(file + ": " + message, cause);
	}

	/**
	 * A tensor is not what is asked for.
	 * @param message goes on after the tensor's name and offset
	 */
	public ModelFileException(TensorView tensor, String message) {
		this(tensor.file(), "tensor '%s' at offset %d %s".formatted(tensor.name(), tensor.offset(), message));
	}

}
