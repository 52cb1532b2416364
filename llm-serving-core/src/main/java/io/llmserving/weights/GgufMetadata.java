package io.llmserving.weights;

import java.nio.file.Path;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A GGUF file's metadata with typed access. A value of another type than asked for is the
 * file's fault.
 */
public final class GgufMetadata {

	private final Path path;

	private final Map<String, Object> values;

	GgufMetadata(Path path, Map<String, Object> values) {
		this.path = path;
		this.values = Map.copyOf(values);
	}

	public boolean has(String key) {
		return this.values.containsKey(key);
	}

	public long integer(String key, long fallback) throws ModelFileException {
		Long value = get(key, Long.class);
		return (value != null) ? value : fallback;
	}

	/**
	 * Returns an integer that must be there.
	 */
	public int required(String key) throws ModelFileException {
		Long value = get(key, Long.class);
		if (value == null || value < 0 || value > Integer.MAX_VALUE) {
			throw new ModelFileException(this.path, "metadata '%s' is %s".formatted(key, value));
		}
		return value.intValue();
	}

	public double number(String key, double fallback) throws ModelFileException {
		Double value = get(key, Double.class);
		return (value != null) ? value : fallback;
	}

	public boolean flag(String key, boolean fallback) throws ModelFileException {
		Boolean value = get(key, Boolean.class);
		return (value != null) ? value : fallback;
	}

	public @Nullable String text(String key) throws ModelFileException {
		return get(key, String.class);
	}

	public String @Nullable [] texts(String key) throws ModelFileException {
		return get(key, String[].class);
	}

	public double @Nullable [] numbers(String key) throws ModelFileException {
		return get(key, double[].class);
	}

	public long @Nullable [] integers(String key) throws ModelFileException {
		return get(key, long[].class);
	}

	private <T> @Nullable T get(String key, Class<T> type) throws ModelFileException {
		Object value = this.values.get(key);
		if (value == null) {
			return null;
		}
		if (!type.isInstance(value)) {
			throw new ModelFileException(this.path, "metadata '%s' is of type %s, not %s".formatted(key,
					value.getClass().getSimpleName(), type.getSimpleName()));
		}
		return type.cast(value);
	}

}
