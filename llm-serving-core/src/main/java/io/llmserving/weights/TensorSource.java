package io.llmserving.weights;

import java.nio.file.Path;
import java.util.Collection;

import org.jspecify.annotations.Nullable;

/**
 * A model's tensors, wherever they lie. Safe for use by many threads; tensors are valid
 * until it is closed.
 */
public interface TensorSource extends AutoCloseable {

	/** The file, or the directory of several. */
	Path path();

	/**
	 * Returns a tensor, null if there is none of that name.
	 * @throws ModelFileException if its type is not supported
	 */
	@Nullable TensorView tensor(String name) throws ModelFileException;

	/** All tensors of supported types, in the order of the files. */
	Collection<TensorView> all();

	/**
	 * Unmaps the files. Only once.
	 */
	@Override
	void close();

}
