package io.llmserving.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;

/**
 * Python's {@code str} and {@code repr}. What shows a container is trusted only if all
 * texts in it are.
 */
final class Printer {

	private static final int MAXIMUM_DEPTH = 300;

	private final StringBuilder out = new StringBuilder();

	private final Execution run;

	private boolean trusted = true;

	private Printer(Execution run) {
		this.run = run;
	}

	/** Returns {@code str(value)}. */
	static Text text(Execution run, Object value) {
		return switch (value) {
			case Text text -> text.markup(false);
			case Undefined _ -> Text.EMPTY;
			default -> represent(run, value);
		};
	}

	/** Returns {@code repr(value)}. */
	static String repr(Execution run, Object value) {
		return represent(run, value).value();
	}

	/** Returns {@code repr(value)} with its trust. */
	static Text represent(Execution run, Object value) {
		Printer printer = new Printer(run);
		printer.print(value, 0);
		run.characters(printer.out.length());
		return Text.of(printer.out.toString(), printer.trusted);
	}

	private void print(Object value, int depth) {
		if (depth > MAXIMUM_DEPTH) {
			throw Failure.limit("values nested more than " + MAXIMUM_DEPTH + " deep");
		}
		this.run.steps(1);
		this.run.visit(value);
		this.run.fits(this.out.length());
		switch (value) {
			case Text text -> quote(text);
			case Boolean bool -> this.out.append(bool ? "True" : "False");
			case None _ -> this.out.append("None");
			case Double number -> this.out.append(number(number));
			case BigInteger number -> big(number);
			case Undefined _ -> this.out.append("Undefined");
			case List<?> list -> items("[", list, "]", depth);
			case Tuple tuple -> items("(", tuple.items(), (tuple.items().size() == 1) ? ",)" : ")", depth);
			case Dict dict -> dict(dict, depth);
			case Namespace namespace -> {
				this.out.append("<Namespace ");
				dict(namespace.attributes(), depth + 1);
				this.out.append('>');
			}
			case DictView view -> items(view.name() + "([", view.items(), "])", depth);
			case Range range -> range(range);
			case LoopContext loop -> this.out.append("<LoopContext ")
				.append(loop.attribute("index"))
				.append('/')
				.append(loop.length())
				.append('>');
			case Macro macro -> this.out.append("<Macro '").append(macro.code().name()).append("'>");
			case Callable _, Generator _ -> this.out.append('<').append(TypeNames.of(value)).append(" object>");
			default -> this.out.append(value);
		}
	}

	private void big(BigInteger number) {
		String digits = number.toString();
		if (digits.length() > 4301) {
			throw Failure.runtime("Exceeds the limit (4300 digits) for integer string conversion");
		}
		this.out.append(digits);
	}

	private void items(String open, List<?> items, String close, int depth) {
		this.out.append(open);
		Iterator<?> iterator = items.iterator();
		while (iterator.hasNext()) {
			print(iterator.next(), depth + 1);
			this.out.append(iterator.hasNext() ? ", " : "");
		}
		this.out.append(close);
	}

	private void dict(Dict dict, int depth) {
		this.out.append('{');
		Iterator<Dict.Entry> entries = dict.entries().iterator();
		while (entries.hasNext()) {
			Dict.Entry entry = entries.next();
			print(entry.key(), depth + 1);
			this.out.append(": ");
			print(entry.value(), depth + 1);
			this.out.append(entries.hasNext() ? ", " : "");
		}
		this.out.append('}');
	}

	private void range(Range range) {
		this.out.append("range(").append(range.start()).append(", ").append(range.stop());
		if (range.step() != 1) {
			this.out.append(", ").append(range.step());
		}
		this.out.append(')');
	}

	private void quote(Text text) {
		this.trusted &= text.trusted();
		if (text.markup()) {
			this.out.append("Markup(");
		}
		String value = text.value();
		char quote = (value.indexOf('\'') >= 0 && value.indexOf('"') < 0) ? '"' : '\'';
		this.out.append(quote);
		value.codePoints().forEach((c) -> quoted(c, quote));
		this.out.append(quote);
		if (text.markup()) {
			this.out.append(')');
		}
	}

	private void quoted(int c, char quote) {
		switch (c) {
			case '\n' -> this.out.append("\\n");
			case '\r' -> this.out.append("\\r");
			case '\t' -> this.out.append("\\t");
			case '\\' -> this.out.append("\\\\");
			default -> {
				if (c == quote) {
					this.out.append('\\').append(quote);
				}
				else if (Characters.printable(c)) {
					this.out.appendCodePoint(c);
				}
				else {
					this.out.append((c < 0x100) ? "\\x%02x".formatted(c)
							: (c < 0x10000) ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
				}
			}
		}
	}

	/**
	 * Returns {@code repr} of a double: the shortest digits that read back as the same.
	 */
	static String number(double value) {
		if (Double.isNaN(value)) {
			return "nan";
		}
		if (Double.isInfinite(value)) {
			return (value > 0) ? "inf" : "-inf";
		}
		if (value == 0) {
			return (1 / value < 0) ? "-0.0" : "0.0";
		}
		BigDecimal decimal = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
		String digits = decimal.unscaledValue().toString();
		int point = digits.length() - decimal.scale();
		String sign = (value < 0) ? "-" : "";
		if (point > 16 || point < -3) {
			String fraction = (digits.length() > 1) ? "." + digits.substring(1) : "";
			int exponent = point - 1;
			return sign + digits.charAt(0) + fraction + ((exponent < 0) ? "e-" : "e+")
					+ ((Math.abs(exponent) < 10) ? "0" : "") + Math.abs(exponent);
		}
		if (point <= 0) {
			return sign + "0." + "0".repeat(-point) + digits;
		}
		if (point >= digits.length()) {
			return sign + digits + "0".repeat(point - digits.length()) + ".0";
		}
		return sign + digits.substring(0, point) + "." + digits.substring(point);
	}

}
