package io.llmserving.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Python's {@code json.dumps}. The result is trusted only if all texts in it are.
 */
final class Json {

	private static final int MAXIMUM_DEPTH = 300;

	private static final Parameters PARAMETERS = new Parameters("tojson", 0, "ensure_ascii", "indent", "separators",
			"sort_keys");

	private final StringBuilder out = new StringBuilder();

	private final Execution run;

	private final boolean ascii;

	private final boolean sorted;

	private final @Nullable String indent;

	private final String itemSeparator;

	private final String keySeparator;

	private boolean trusted = true;

	private Json(Execution run, @Nullable Object[] options) {
		this.run = run;
		this.ascii = options[0] != null && Truth.of(options[0]);
		this.indent = indent(options[1]);
		this.sorted = options[3] != null && Truth.of(options[3]);
		if (options[2] == null || options[2] == None.NONE) {
			this.itemSeparator = (this.indent == null) ? ", " : ",";
			this.keySeparator = ": ";
		}
		else {
			List<Object> separators = Iteration.list(run, options[2]);
			if (separators.size() != 2 || !(separators.get(0) instanceof Text item)
					|| !(separators.get(1) instanceof Text key)) {
				throw Failure.runtime("separators must be two strings");
			}
			this.itemSeparator = item.value();
			this.keySeparator = key.value();
		}
	}

	private static @Nullable String indent(@Nullable Object option) {
		return switch (option) {
			case null -> null;
			case None _ -> null;
			case Text text -> text.value();
			default -> " ".repeat(Math.clamp(Numbers.size(option), 0, 1000));
		};
	}

	static Object dumps(Execution run, Object value, Arguments arguments) {
		Json json = new Json(run, PARAMETERS.bind(arguments));
		json.value(value, 0);
		run.characters(json.out.length());
		return Text.of(json.out.toString(), json.trusted);
	}

	private void value(Object value, int depth) {
		this.run.steps(1);
		switch (value) {
			case Text text -> string(text);
			case Boolean bool -> this.out.append(bool.booleanValue());
			case None _ -> this.out.append("null");
			case Long _, BigInteger _ -> this.out.append(Printer.repr(this.run, value));
			case Double number -> this.out.append(number(number));
			case List<?> list -> array(list, depth);
			case Tuple tuple -> array(tuple.items(), depth);
			case Dict dict -> object(dict, depth);
			default -> throw Failure.runtime("Object of type " + TypeNames.of(value) + " is not JSON serializable");
		}
	}

	private static String number(double number) {
		if (Double.isNaN(number)) {
			return "NaN";
		}
		return Double.isInfinite(number) ? ((number > 0) ? "Infinity" : "-Infinity") : Printer.number(number);
	}

	private void array(List<?> items, int depth) {
		if (items.isEmpty()) {
			this.out.append("[]");
			return;
		}
		this.out.append('[');
		Iterator<?> iterator = items.iterator();
		while (iterator.hasNext()) {
			line(depth + 1);
			value(iterator.next(), depth + 1);
			this.out.append(iterator.hasNext() ? this.itemSeparator : "");
		}
		line(depth);
		this.out.append(']');
	}

	private void object(Dict dict, int depth) {
		if (dict.size() == 0) {
			this.out.append("{}");
			return;
		}
		List<Dict.Entry> entries = new ArrayList<>(dict.entries());
		if (this.sorted) {
			entries = Sorting.sort(this.run, entries, Dict.Entry::key, false);
		}
		this.out.append('{');
		Iterator<Dict.Entry> iterator = entries.iterator();
		while (iterator.hasNext()) {
			Dict.Entry entry = iterator.next();
			line(depth + 1);
			key(entry.key());
			this.out.append(this.keySeparator);
			value(entry.value(), depth + 1);
			this.out.append(iterator.hasNext() ? this.itemSeparator : "");
		}
		line(depth);
		this.out.append('}');
	}

	private void key(Object key) {
		switch (key) {
			case Text text -> string(text);
			case Boolean _, None _, Long _, BigInteger _, Double _ -> {
				this.out.append('"');
				value(key, 0);
				this.out.append('"');
			}
			default -> throw Failure.runtime("keys must be str, int, float, bool or None, not " + TypeNames.of(key));
		}
	}

	private void line(int depth) {
		if (depth > MAXIMUM_DEPTH) {
			throw Failure.limit("values nested more than " + MAXIMUM_DEPTH + " deep");
		}
		if (this.indent != null) {
			this.run.fits(this.out.length());
			this.out.append('\n').repeat(this.indent, depth);
		}
	}

	private void string(Text text) {
		this.trusted &= text.trusted();
		String value = text.value();
		this.run.fits(this.out.length() + (long) value.length());
		this.out.append('"');
		for (int index = 0; index < value.length(); index++) {
			character(value.charAt(index));
		}
		this.out.append('"');
	}

	private void character(char c) {
		switch (c) {
			case '"' -> this.out.append("\\\"");
			case '\\' -> this.out.append("\\\\");
			case '\n' -> this.out.append("\\n");
			case '\r' -> this.out.append("\\r");
			case '\t' -> this.out.append("\\t");
			case '\b' -> this.out.append("\\b");
			case '\f' -> this.out.append("\\f");
			default -> {
				if (c < 0x20 || (this.ascii && c > 0x7e)) {
					this.out.append("\\u%04x".formatted((int) c));
				}
				else {
					this.out.append(c);
				}
			}
		}
	}

}
