package io.llmserving.model;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.TensorView;

/**
 * A model's tensors as its program wants them, by their names in the file. The same name
 * gives the same object, so that shared weights are packed once.
 */
final class ModelWeights {

	private final Path file;

	private final Map<String, TensorView> tensors;

	private final Map<String, Matrix> matrices = new HashMap<>();

	private final Map<String, Vector> vectors = new HashMap<>();

	ModelWeights(Path file, Map<String, TensorView> tensors) {
		this.file = file;
		this.tensors = tensors;
	}

	boolean has(String name) {
		return this.tensors.containsKey(name);
	}

	/**
	 * Returns a matrix of the shape that the architecture asks for.
	 */
	Matrix matrix(String name, long rows, long columns) throws ModelFileException {
		TensorView tensor = tensor(name);
		if (tensor.rows() != rows || tensor.columns() != columns) {
			throw new ModelFileException(this.file, "tensor '%s' is %d x %d, the configuration asks for %d x %d"
				.formatted(name, tensor.rows(), tensor.columns(), rows, columns));
		}
		return this.matrices.computeIfAbsent(name,
				(key) -> new Matrix(name, tensor.type().id(), rows, columns, tensor.data()));
	}

	Vector vector(String name, long length) throws ModelFileException {
		TensorView tensor = tensor(name);
		if (tensor.rows() * tensor.columns() != length || tensor.type().blockSize() != 1) {
			throw new ModelFileException(this.file,
					"tensor '%s' has %d values of type %s, the configuration asks for %d floats".formatted(name,
							tensor.rows() * tensor.columns(), tensor.type(), length));
		}
		return this.vectors.computeIfAbsent(name, (key) -> new Vector(name, tensor.floats()));
	}

	@Nullable Vector optionalVector(String name, long length) throws ModelFileException {
		return has(name) ? vector(name, length) : null;
	}

	private TensorView tensor(String name) throws ModelFileException {
		TensorView tensor = this.tensors.get(name);
		if (tensor == null) {
			throw new ModelFileException(this.file, "tensor '%s' is missing".formatted(name));
		}
		return tensor;
	}

}
