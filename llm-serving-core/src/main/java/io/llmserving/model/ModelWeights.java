package io.llmserving.model;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.TensorSource;
import io.llmserving.weights.TensorView;

/**
 * A model's tensors as its program wants them, in the shapes that the architecture asks
 * for. The same tensor gives the same object, so that shared weights are packed once.
 */
final class ModelWeights {

	private static final String WEIGHT = ".weight";

	private static final String BIAS = ".bias";

	private final TensorSource tensors;

	private final TensorNames names;

	private final Map<String, Matrix> matrices = new HashMap<>();

	private final Map<String, Vector> vectors = new HashMap<>();

	ModelWeights(TensorSource tensors, TensorNames names) {
		this.tensors = tensors;
		this.names = names;
	}

	/**
	 * Returns a matrix.
	 * @param layer its layer, any number if it is in none
	 */
	Matrix matrix(Part part, int layer, long rows, long columns) throws ModelFileException {
		String name = this.names.of(part, layer) + WEIGHT;
		TensorView tensor = tensor(name);
		if (tensor.rows() != rows || tensor.columns() != columns) {
			throw new ModelFileException(tensor, "is %d x %d, the configuration asks for %d x %d"
				.formatted(tensor.rows(), tensor.columns(), rows, columns));
		}
		return this.matrices.computeIfAbsent(name,
				(key) -> new Matrix(name, tensor.type().id(), rows, columns, tensor.data()));
	}

	/**
	 * Returns a norm's scales.
	 */
	Vector norm(Part part, int layer, long length) throws ModelFileException {
		String name = this.names.of(part, layer) + WEIGHT;
		return vector(tensor(name), length);
	}

	Vector bias(Part part, int layer, long length) throws ModelFileException {
		return vector(tensor(this.names.of(part, layer) + BIAS), length);
	}

	/**
	 * Returns the bias of a matrix, null if it has none.
	 */
	@Nullable Vector optionalBias(Part part, int layer, long length) throws ModelFileException {
		TensorView tensor = this.tensors.tensor(this.names.of(part, layer) + BIAS);
		return (tensor != null) ? vector(tensor, length) : null;
	}

	/**
	 * Returns the floats of a tensor, which need not belong to any part.
	 */
	static float[] floats(TensorView tensor, long length) throws ModelFileException {
		if (tensor.rows() * tensor.columns() != length || tensor.type().blockSize() != 1) {
			throw new ModelFileException(tensor, "has %d values of type %s, the configuration asks for %d floats"
				.formatted(tensor.rows() * tensor.columns(), tensor.type(), length));
		}
		return tensor.floats();
	}

	private Vector vector(TensorView tensor, long length) throws ModelFileException {
		Vector known = this.vectors.get(tensor.name());
		if (known == null) {
			known = new Vector(tensor.name(), floats(tensor, length));
			this.vectors.put(tensor.name(), known);
		}
		return known;
	}

	private TensorView tensor(String name) throws ModelFileException {
		TensorView tensor = this.tensors.tensor(name);
		if (tensor == null) {
			throw new ModelFileException(this.tensors.path(), "tensor '%s' is missing".formatted(name));
		}
		return tensor;
	}

}
