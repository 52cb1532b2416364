package io.llmserving.text.template;

import java.util.Iterator;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The functions that every template can call.
 */
final class Globals {

	private static final Parameters RAISE = new Parameters("raise_exception", 1, "message");

	private static final Parameters NOW = new Parameters("strftime_now", 1, "format");

	private static final Map<String, Object> FUNCTIONS = Map.of("range", function("range", Range::create), "dict",
			function("dict", (_, given) -> dictionary("dict", given)), "namespace",
			function("namespace", Namespace::create), "cycler", function("cycler", Helpers::cycler), "joiner",
			function("joiner", Helpers::joiner), "raise_exception", function("raise_exception", Globals::raise),
			"strftime_now", function("strftime_now", Globals::now));

	private Globals() {
	}

	static @Nullable Object find(String name) {
		return FUNCTIONS.get(name);
	}

	private static Object function(String name, Callable body) {
		return new Method(name, body);
	}

	/** Makes a dictionary as Python's {@code dict} does. */
	static Dict dictionary(String function, Arguments given) {
		Dict result = new Dict();
		if (given.positional().size() > 1) {
			throw Failure.runtime(function + " expected at most 1 argument, got " + given.positional().size());
		}
		for (Object source : given.positional()) {
			if (source instanceof Dict dict) {
				result.putAll(dict);
			}
			else {
				Iteration.of(source).forEachRemaining((pair) -> put(result, pair));
			}
		}
		given.named().forEach((name, value) -> result.put(Text.of(name, false), value));
		return result;
	}

	private static void put(Dict result, Object pair) {
		Iterator<Object> items = Iteration.of(pair);
		Object key = items.hasNext() ? items.next() : null;
		Object value = items.hasNext() ? items.next() : null;
		if (key == null || value == null || items.hasNext()) {
			throw Failure.runtime("dictionary update sequence element needs length 2");
		}
		result.put(key, value);
	}

	private static Object raise(Execution run, Arguments given) {
		Object message = RAISE.bind(given)[0];
		throw Failure.raised((message != null) ? Printer.text(run, message).value() : "");
	}

	private static Object now(Execution run, Arguments given) {
		Object format = NOW.bind(given)[0];
		return Text
			.trusted(Strftime.format(TextMethods.string((format != null) ? format : None.NONE).value(), run.clock()));
	}

}
