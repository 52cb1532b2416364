package io.llmserving.text.template;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.llmserving.text.template.Token.Type;

/**
 * Splits the inside of one statement or print tag into tokens.
 */
final class TagLexer {

	private static final Pattern FLOAT = Pattern
		.compile("(?<!\\.)(\\d+_)*\\d+((\\.(\\d+_)*\\d+)?[eE][+\\-]?(\\d+_)*\\d+|\\.(\\d+_)*\\d+)");

	private static final Pattern INTEGER = Pattern
		.compile("0b(_?[0-1])+|0o(_?[0-7])+|0x(_?[\\da-f])+|[1-9](_?\\d)*|0(_?0)*", Pattern.CASE_INSENSITIVE);

	private static final List<String> OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%",
			"~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");

	private final String source;

	private final List<Token> tokens;

	private final Deque<String> open = new ArrayDeque<>();

	private int at;

	private int line;

	TagLexer(String source, int from, List<Token> tokens, int line) {
		this.source = source;
		this.at = from;
		this.tokens = tokens;
		this.line = line;
	}

	/** Adds the tag's tokens, its end included, and returns where text goes on. */
	int run(boolean block) {
		while (true) {
			int end = this.open.isEmpty() ? end(block) : -1;
			if (end >= 0) {
				add((block) ? Type.BLOCK_END : Type.VARIABLE_END, "", end);
				return end;
			}
			if (this.at >= this.source.length()) {
				throw Failure.syntax("Unexpected end of template inside a tag");
			}
			token();
		}
	}

	private int end(boolean block) {
		String close = block ? "%}" : "}}";
		if (this.source.startsWith("-" + close, this.at)) {
			return Characters.skipSpace(this.source, this.at + 3);
		}
		if (block && this.source.startsWith("+%}", this.at)) {
			return this.at + 3;
		}
		if (!this.source.startsWith(close, this.at)) {
			return -1;
		}
		return (block && this.source.startsWith("\n", this.at + 2)) ? this.at + 3 : this.at + 2;
	}

	private void token() {
		int c = this.source.codePointAt(this.at);
		if (Characters.space(c)) {
			skipTo(Characters.skipSpace(this.source, this.at));
		}
		else if (Character.isDigit(c)) {
			number();
		}
		else if (Characters.identifierStart(c)) {
			name();
		}
		else if (c == '\'' || c == '"') {
			string((char) c);
		}
		else {
			operator();
		}
	}

	private void number() {
		Matcher matcher = FLOAT.matcher(this.source).region(this.at, this.source.length()).useTransparentBounds(true);
		if (matcher.lookingAt()) {
			add(Type.FLOAT, Double.valueOf(matcher.group().replace("_", "")), matcher.end());
			return;
		}
		matcher = INTEGER.matcher(this.source).region(this.at, this.source.length());
		if (!matcher.lookingAt()) {
			throw unexpected();
		}
		add(Type.INTEGER, integer(matcher.group().replace("_", "").toLowerCase(Locale.ROOT)), matcher.end());
	}

	private static Object integer(String digits) {
		if (digits.length() > 4000) {
			throw Failure.syntax("A number of " + digits.length() + " digits");
		}
		int radix = switch ((digits.length() > 1) ? digits.charAt(1) : ' ') {
			case 'x' -> 16;
			case 'o' -> 8;
			case 'b' -> 2;
			default -> 10;
		};
		return Numbers.shrink(new BigInteger((radix == 10) ? digits : digits.substring(2), radix));
	}

	private void name() {
		int end = this.at;
		while (end < this.source.length() && Characters.identifierPart(this.source.codePointAt(end))) {
			end += Character.charCount(this.source.codePointAt(end));
		}
		add(Type.NAME, this.source.substring(this.at, end), end);
	}

	private void string(char quote) {
		int end = this.at + 1;
		while (end < this.source.length() && this.source.charAt(end) != quote) {
			end += (this.source.charAt(end) == '\\') ? 2 : 1;
		}
		if (end >= this.source.length()) {
			throw unexpected();
		}
		add(Type.STRING, StringLiterals.unescape(this.source.substring(this.at + 1, end)), end + 1);
	}

	private void operator() {
		String operator = OPERATORS.stream()
			.filter((candidate) -> this.source.startsWith(candidate, this.at))
			.findFirst()
			.orElseThrow(this::unexpected);
		balance(operator);
		add(Type.OPERATOR, operator, this.at + operator.length());
	}

	private void balance(String operator) {
		switch (operator) {
			case "(" -> this.open.push(")");
			case "[" -> this.open.push("]");
			case "{" -> this.open.push("}");
			case ")", "]", "}" -> {
				String expected = this.open.poll();
				if (!Objects.equals(operator, expected)) {
					throw Failure.syntax("unexpected '" + operator + "'"
							+ ((expected != null) ? ", expected '" + expected + "'" : ""));
				}
			}
			default -> {
			}
		}
	}

	private void add(Type type, Object value, int end) {
		this.tokens.add(new Token(type, value, this.line));
		skipTo(end);
	}

	private void skipTo(int end) {
		for (; this.at < end; this.at++) {
			if (this.source.charAt(this.at) == '\n') {
				this.line++;
			}
		}
	}

	private Failure unexpected() {
		return Failure.syntax(
				"unexpected char '" + Character.toString(this.source.codePointAt(this.at)) + "' at line " + this.line);
	}

}
