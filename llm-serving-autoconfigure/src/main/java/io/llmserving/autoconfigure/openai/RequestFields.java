package io.llmserving.autoconfigure.openai;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

import io.llmserving.api.InvalidRequestException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.JsonNodeException;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a request body. Each getter notes its field as known;
 * {@link #rejectUnknown} then refuses the rest by name. An explicit null is as good as an
 * absent field.
 */
final class RequestFields {

	private final ObjectNode body;

	private final Set<String> known = new HashSet<>();

	RequestFields(ObjectNode body) {
		this.body = body;
	}

	@Nullable JsonNode node(String field) {
		this.known.add(field);
		JsonNode value = this.body.get(field);
		return (value == null || value.isNull()) ? null : value;
	}

	@Nullable String string(String field) {
		JsonNode value = node(field);
		if (value == null) {
			return null;
		}
		if (!value.isString()) {
			throw wrongType(field, "a string", value);
		}
		return value.stringValue();
	}

	@Nullable Integer integer(String field) {
		Long value = integerOf(field, node(field));
		if (value == null) {
			return null;
		}
		if (value != value.intValue()) {
			throw invalid(field, "'%s' is %d, which is out of range".formatted(field, value));
		}
		return value.intValue();
	}

	@Nullable Long longInteger(String field) {
		return integerOf(field, node(field));
	}

	@Nullable Float number(String field) {
		JsonNode value = node(field);
		if (value == null) {
			return null;
		}
		if (!value.isNumber()) {
			throw wrongType(field, "a number", value);
		}
		return inRange(field, value, JsonNode::floatValue);
	}

	boolean bool(String field, boolean fallback) {
		JsonNode value = node(field);
		if (value == null) {
			return fallback;
		}
		if (!value.isBoolean()) {
			throw wrongType(field, "a boolean", value);
		}
		return value.booleanValue();
	}

	@Nullable ObjectNode object(String field) {
		JsonNode value = node(field);
		if (value == null) {
			return null;
		}
		if (!(value instanceof ObjectNode object)) {
			throw wrongType(field, "an object", value);
		}
		return object;
	}

	/**
	 * Returns a string or a list of strings as a list, empty when absent.
	 */
	List<String> strings(String field) {
		JsonNode value = node(field);
		if (value == null) {
			return List.of();
		}
		if (value.isString()) {
			return List.of(value.stringValue());
		}
		List<String> strings = new ArrayList<>();
		for (JsonNode element : array(field, value)) {
			if (!element.isString()) {
				throw wrongType(field, "a string or an array of strings", value);
			}
			strings.add(element.stringValue());
		}
		return strings;
	}

	List<Integer> integers(String field) {
		JsonNode value = node(field);
		if (value == null) {
			return List.of();
		}
		List<Integer> integers = new ArrayList<>();
		for (JsonNode element : array(field, value)) {
			if (!element.isInt()) {
				throw wrongType(field, "an array of integers", value);
			}
			integers.add(element.intValue());
		}
		return integers;
	}

	/**
	 * Accepts fields that have no effect here, whatever they hold.
	 */
	void ignore(String... fields) {
		this.known.addAll(List.of(fields));
	}

	/**
	 * Accepts a field that is not honoured where its value asks for nothing.
	 * @param neutral tells such values
	 * @param reason why others are refused
	 */
	void onlyNeutral(String field, Predicate<JsonNode> neutral, String reason) {
		JsonNode value = node(field);
		if (value != null && !neutral.test(value)) {
			throw new InvalidRequestException("'%s' is not supported: %s".formatted(field, reason), field,
					"unsupported_parameter");
		}
	}

	/**
	 * Returns the fields that were asked for so far.
	 */
	Set<String> known() {
		return Set.copyOf(this.known);
	}

	/**
	 * Refuses the first field that no getter asked for.
	 */
	void rejectUnknown(boolean lenient) {
		if (lenient) {
			return;
		}
		for (String field : this.body.propertyNames()) {
			if (!this.known.contains(field) && !this.body.get(field).isNull()) {
				throw new InvalidRequestException("'%s' is not supported; leave it out".formatted(field), field,
						"unsupported_parameter");
			}
		}
	}

	static InvalidRequestException invalid(String field, String message) {
		return new InvalidRequestException(message, field, null);
	}

	static InvalidRequestException wrongType(String field, String expected, JsonNode value) {
		return new InvalidRequestException(
				"'%s' must be %s, not %s".formatted(field, expected, article(value.getNodeType().name())), field,
				"invalid_type");
	}

	private static String article(String type) {
		String name = type.toLowerCase(Locale.ROOT);
		return ("aeiou".indexOf(name.charAt(0)) >= 0 ? "an " : "a ") + name;
	}

	private static @Nullable Long integerOf(String field, @Nullable JsonNode value) {
		if (value == null) {
			return null;
		}
		if (!value.isNumber()) {
			throw wrongType(field, "an integer", value);
		}
		double number = inRange(field, value, JsonNode::doubleValue);
		if (number != Math.rint(number) || Math.abs(number) > Long.MAX_VALUE) {
			throw wrongType(field, "an integer", value);
		}
		return value.isIntegralNumber() ? inRange(field, value, JsonNode::longValue) : (long) number;
	}

	/**
	 * Converts a number that its target type may not hold.
	 */
	static <T> T inRange(String field, JsonNode value, Function<JsonNode, T> conversion) {
		try {
			return conversion.apply(value);
		}
		catch (JsonNodeException ex) {
			throw invalid(field, "'%s' holds a number that is out of range".formatted(field));
		}
	}

	private static Iterable<JsonNode> array(String field, JsonNode value) {
		if (!value.isArray()) {
			throw wrongType(field, "an array", value);
		}
		return value;
	}

}
