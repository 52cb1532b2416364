package io.llmserving.text.template;

import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Attributes and items of values, by jinja2's rules: {@code a.b} prefers the attribute,
 * {@code a['b']} the item, and each falls back to the other.
 */
final class Members {

	private static final Set<String> LIST_CHANGES = Set.of("append", "clear", "pop", "reverse", "insert", "sort",
			"extend", "remove");

	private static final Set<String> DICT_CHANGES = Set.of("clear", "pop", "popitem", "setdefault", "update");

	private Members() {
	}

	static Object attribute(Object owner, String name) {
		Object own = own(owner, name);
		if (own != null) {
			return own;
		}
		Object item = (owner instanceof Dict dict) ? dict.get(name) : null;
		return (item != null) ? item : Undefined.member(owner, name);
	}

	static Object item(Object owner, Object index) {
		Object item = direct(owner, index);
		if (item != null) {
			return item;
		}
		if (index instanceof Text name) {
			Object own = own(owner, name.value());
			return (own != null) ? own : Undefined.member(owner, name.value());
		}
		return Undefined.element(owner, index);
	}

	/** As {@link #item}, by a part of a dotted path. */
	static Object part(Object owner, Object part) {
		return item(owner, (part instanceof String name) ? Text.trusted(name) : part);
	}

	private static @Nullable Object direct(Object owner, Object index) {
		return switch (owner) {
			case Dict dict -> Dict.hashable(index) ? dict.get(index) : null;
			case Undefined undefined -> throw undefined.failure();
			case Text text -> character(text, index);
			case Range range -> {
				int at = position(index, (int) range.size());
				yield (at >= 0) ? (Object) range.at(at) : null;
			}
			default -> {
				List<Object> items = Iteration.sequence(owner);
				int at = (items != null) ? position(index, items.size()) : -1;
				yield (items != null && at >= 0) ? items.get(at) : null;
			}
		};
	}

	private static @Nullable Object character(Text text, Object index) {
		int at = position(index, text.length());
		if (at < 0) {
			return null;
		}
		int start = text.value().offsetByCodePoints(0, at);
		return text.substring(start, text.value().offsetByCodePoints(start, 1));
	}

	private static int position(Object index, int size) {
		if (!Numbers.integral(index)) {
			return -1;
		}
		long at = Numbers.index(index);
		at = (at < 0) ? at + size : at;
		return (at >= 0 && at < size) ? (int) at : -1;
	}

	/** Returns an attribute of Python's own, or null if there is none. */
	private static @Nullable Object own(Object owner, String name) {
		return switch (owner) {
			case Undefined undefined -> throw undefined.failure();
			case Text text -> TextMethods.find(text, name);
			case List<?> list ->
				LIST_CHANGES.contains(name) ? Undefined.unsafe(owner, name) : CollectionMethods.list(list, name);
			case Tuple tuple -> tupleAttribute(tuple, name);
			case Dict dict ->
				DICT_CHANGES.contains(name) ? Undefined.unsafe(owner, name) : CollectionMethods.dict(dict, name);
			case Namespace namespace -> namespaceAttribute(namespace, name);
			case LoopContext loop -> loop.attribute(name);
			case Macro macro -> macroAttribute(macro, name);
			case Helpers.Cycler cycler -> cycler.attribute(name);
			default -> null;
		};
	}

	/** Returns an attribute alone, as the filter {@code attr}. */
	static Object attributeOnly(Object owner, String name) {
		Object own = own(owner, name);
		return (own != null) ? own : Undefined.member(owner, name);
	}

	private static @Nullable Object tupleAttribute(Tuple tuple, String name) {
		int index = tuple.names().indexOf(name);
		if (index >= 0) {
			return tuple.items().get(index);
		}
		return name.equals("copy") ? null : CollectionMethods.list(tuple.items(), name);
	}

	private static @Nullable Object namespaceAttribute(Namespace namespace, String name) {
		Object value = namespace.attributes().get(name);
		return (value != null && name.startsWith("_")) ? Undefined.unsafe(namespace, name) : value;
	}

	private static @Nullable Object macroAttribute(Macro macro, String name) {
		return switch (name) {
			case "name" -> Text.trusted(macro.code().name());
			case "arguments" -> new Tuple(
					macro.code().parameters().stream().map((parameter) -> (Object) Text.trusted(parameter)).toList());
			case "caller" -> macro.code().takesCaller();
			case "catch_kwargs" -> macro.code().named() != null;
			case "catch_varargs" -> macro.code().positional() != null;
			default -> null;
		};
	}

}
