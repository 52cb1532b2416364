package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The methods of lists, tuples and dictionaries that change nothing.
 */
final class CollectionMethods {

	private static final Parameters ITEM = new Parameters("method", 1, "value");

	private static final Parameters GET = new Parameters("get", 1, "key", "default");

	private static final Parameters NOTHING = new Parameters("method", 0);

	private CollectionMethods() {
	}

	static @Nullable Object list(List<?> list, String name) {
		return switch (name) {
			case "count" -> new Method(name, (run, arguments) -> {
				Object item = ITEM.bindPositional(arguments)[0];
				return list.stream().filter((other) -> Comparison.equal(run, other, item)).count();
			});
			case "index" -> new Method(name, (run, arguments) -> index(run, list, ITEM.bindPositional(arguments)[0]));
			case "copy" -> new Method(name, (_, arguments) -> {
				NOTHING.bind(arguments);
				return new ArrayList<Object>(list);
			});
			default -> null;
		};
	}

	private static Object index(Execution run, List<?> list, Object item) {
		for (int index = 0; index < list.size(); index++) {
			if (Comparison.equal(run, list.get(index), item)) {
				return (long) index;
			}
		}
		throw Failure.runtime("the value is not in the list");
	}

	static @Nullable Object dict(Dict dict, String name) {
		return switch (name) {
			case "get" -> new Method(name, (_, arguments) -> get(dict, GET.bindPositional(arguments)));
			case "items" ->
				view(name, "dict_items", () -> dict.entries().stream().map((entry) -> (Object) entry.pair()).toList());
			case "keys" -> view(name, "dict_keys", dict::keys);
			case "values" -> view(name, "dict_values", () -> dict.entries().stream().map(Dict.Entry::value).toList());
			case "copy" -> new Method(name, (_, arguments) -> {
				NOTHING.bind(arguments);
				Dict copy = new Dict();
				copy.putAll(dict);
				return copy;
			});
			default -> null;
		};
	}

	private static Object get(Dict dict, Object[] arguments) {
		Object value = dict.get(arguments[0]);
		if (value != null) {
			return value;
		}
		return (arguments.length > 1) ? arguments[1] : None.NONE;
	}

	private static Method view(String method, String type, Supplier<List<Object>> contents) {
		return new Method(method, (_, arguments) -> {
			NOTHING.bind(arguments);
			return new DictView(type, contents);
		});
	}

}
