package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A dotted path of attributes, as filters take it.
 *
 * @param parts names as String, indices as Long
 */
record AttributePath(List<Object> parts) {

	static AttributePath of(@Nullable Object attribute) {
		return switch (attribute) {
			case null -> new AttributePath(List.of());
			case None _ -> new AttributePath(List.of());
			case Text text -> new AttributePath(split(text.value()));
			default -> new AttributePath(List.of(attribute));
		};
	}

	/** Returns the paths of a list with commas between. */
	static List<AttributePath> list(@Nullable Object attribute) {
		if (!(attribute instanceof Text text)) {
			return List.of(of(attribute));
		}
		List<AttributePath> paths = new ArrayList<>();
		for (String path : text.value().split(",", -1)) {
			paths.add(new AttributePath(split(path)));
		}
		return paths;
	}

	private static List<Object> split(String path) {
		List<Object> parts = new ArrayList<>();
		for (String part : path.split("\\.", -1)) {
			boolean index = !part.isEmpty() && part.chars().allMatch(Character::isDigit);
			Object number = index ? Numbers.parse(part, 10) : null;
			parts.add((number != null) ? number : part);
		}
		return parts;
	}

	Object get(Object item, @Nullable Object missing) {
		Object value = item;
		for (Object part : this.parts) {
			value = Members.part(value, part);
			if (missing != null && missing != None.NONE && value instanceof Undefined) {
				value = missing;
			}
		}
		return value;
	}

	Object get(Object item) {
		return get(item, null);
	}

	/** As {@link #get}, texts in lower case unless case matters. */
	Object key(Object item, boolean caseSensitive) {
		return fold(get(item), caseSensitive);
	}

	static Object fold(Object value, boolean caseSensitive) {
		return (!caseSensitive && value instanceof Text text) ? CaseMapping.lower(text) : value;
	}

}
