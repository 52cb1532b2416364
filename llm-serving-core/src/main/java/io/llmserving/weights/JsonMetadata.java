package io.llmserving.weights;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A JSON object of a model's files with typed access. A value of another type than asked
 * for is the file's fault; null counts as absent.
 */
public final class JsonMetadata {

	private static final long MAX_BYTES = 100L << 20;

	private static final JsonMapper MAPPER = JsonMapper.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.build();

	private final Path path;

	private final String prefix;

	private final JsonNode object;

	private JsonMetadata(Path path, String prefix, JsonNode object) {
		this.path = path;
		this.prefix = prefix;
		this.object = object;
	}

	/**
	 * Reads a file.
	 * @throws ModelFileException if it holds no JSON object
	 */
	public static JsonMetadata read(Path path) throws IOException {
		if (Files.size(path) > MAX_BYTES) {
			throw new ModelFileException(path, "%d bytes are too many for a JSON file".formatted(Files.size(path)));
		}
		return parse(path, Files.readAllBytes(path));
	}

	/**
	 * Reads a file if there is one, and an empty object otherwise.
	 */
	public static JsonMetadata readIfPresent(Path path) throws IOException {
		return Files.exists(path) ? read(path) : new JsonMetadata(path, "", MAPPER.createObjectNode());
	}

	static JsonMetadata parse(Path path, MemorySegment json) throws ModelFileException {
		return parse(path, json.toArray(ValueLayout.JAVA_BYTE));
	}

	private static JsonMetadata parse(Path path, byte[] json) throws ModelFileException {
		try {
			JsonNode node = MAPPER.readTree(json);
			if (!node.isObject()) {
				throw new ModelFileException(path, "this is no JSON object");
			}
			return new JsonMetadata(path, "", node);
		}
		catch (JacksonException ex) {
			throw new ModelFileException(path, "this is not JSON: " + ex.getOriginalMessage(), ex);
		}
	}

	public Path path() {
		return this.path;
	}

	public Collection<String> keys() {
		return this.object.propertyNames();
	}

	/** Whether there is a value other than null. */
	public boolean has(String key) {
		return get(key) != null;
	}

	/** Whether the value is null, and not merely absent. */
	public boolean isNull(String key) {
		return this.object.path(key).isNull();
	}

	/** Whether the value is a text. */
	public boolean isText(String key) {
		return this.object.path(key).isString();
	}

	public long integer(String key, long fallback) throws ModelFileException {
		JsonNode value = get(key);
		return (value != null) ? integer(key, value) : fallback;
	}

	public double number(String key, double fallback) throws ModelFileException {
		JsonNode value = get(key);
		return (value != null) ? number(key, value) : fallback;
	}

	public boolean flag(String key, boolean fallback) throws ModelFileException {
		JsonNode value = get(key);
		if (value == null) {
			return fallback;
		}
		if (!value.isBoolean()) {
			throw wrong(key, value, "true or false");
		}
		return value.booleanValue();
	}

	public @Nullable String text(String key) throws ModelFileException {
		JsonNode value = get(key);
		if (value != null && !value.isString()) {
			throw wrong(key, value, "a text");
		}
		return (value != null) ? value.stringValue() : null;
	}

	public String @Nullable [] texts(String key) throws ModelFileException {
		JsonNode array = array(key);
		if (array == null) {
			return null;
		}
		String[] values = new String[array.size()];
		for (int i = 0; i < values.length; i++) {
			if (!array.get(i).isString()) {
				throw wrong(key, array, "an array of texts");
			}
			values[i] = array.get(i).stringValue();
		}
		return values;
	}

	public double @Nullable [] numbers(String key) throws ModelFileException {
		JsonNode array = array(key);
		if (array == null) {
			return null;
		}
		double[] values = new double[array.size()];
		for (int i = 0; i < values.length; i++) {
			values[i] = number(key, array.get(i));
		}
		return values;
	}

	/**
	 * Returns integers from an array or from one alone.
	 */
	public long @Nullable [] integers(String key) throws ModelFileException {
		JsonNode value = get(key);
		if (value != null && value.isNumber()) {
			return new long[] { integer(key, value) };
		}
		JsonNode array = array(key);
		if (array == null) {
			return null;
		}
		long[] values = new long[array.size()];
		for (int i = 0; i < values.length; i++) {
			values[i] = integer(key, array.get(i));
		}
		return values;
	}

	public @Nullable JsonMetadata object(String key) throws ModelFileException {
		JsonNode value = get(key);
		if (value != null && !value.isObject()) {
			throw wrong(key, value, "an object");
		}
		return (value != null) ? new JsonMetadata(this.path, this.prefix + key + ".", value) : null;
	}

	private @Nullable JsonNode get(String key) {
		JsonNode value = this.object.get(key);
		return (value == null || value.isNull()) ? null : value;
	}

	private @Nullable JsonNode array(String key) throws ModelFileException {
		JsonNode value = get(key);
		if (value != null && !value.isArray()) {
			throw wrong(key, value, "an array");
		}
		return value;
	}

	private long integer(String key, JsonNode value) throws ModelFileException {
		if (!value.isIntegralNumber() || !value.canConvertToLong()) {
			throw wrong(key, value, "an integer");
		}
		return value.longValue();
	}

	private double number(String key, JsonNode value) throws ModelFileException {
		if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
			throw wrong(key, value, "a number");
		}
		return value.doubleValue();
	}

	private ModelFileException wrong(String key, JsonNode value, String wanted) {
		String text = value.toString();
		return new ModelFileException(this.path, "'%s%s' is %s, not %s".formatted(this.prefix, key,
				(text.length() > 60) ? text.substring(0, 60) + "..." : text, wanted));
	}

}
