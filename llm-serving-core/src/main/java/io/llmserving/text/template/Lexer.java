package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.text.template.Token.Type;

/**
 * Splits a template into tokens, with jinja2's white space rules for
 * {@code trim_blocks=True, lstrip_blocks=True}: the first line end after a block tag
 * goes, and so does the space before a block tag that starts its line, unless a sign at
 * the tag says otherwise.
 */
final class Lexer {

	private final String source;

	private final List<Token> tokens = new ArrayList<>();

	private int at;

	private int line = 1;

	private int counted;

	/** Whether what precedes the current text ended a line. */
	private boolean lineStart = true;

	private Lexer(String source) {
		this.source = source;
	}

	static List<Token> tokenize(String template) {
		String source = template.replace("\r\n", "\n").replace('\r', '\n');
		if (source.endsWith("\n")) {
			source = source.substring(0, source.length() - 1);
		}
		Lexer lexer = new Lexer(source);
		try {
			lexer.run();
		}
		catch (Failure failure) {
			throw failure.at(lexer.line());
		}
		return lexer.tokens;
	}

	private int line() {
		while (this.counted < Math.min(this.at, this.source.length())) {
			if (this.source.charAt(this.counted++) == '\n') {
				this.line++;
			}
		}
		return this.line;
	}

	private void run() {
		while (this.at < this.source.length()) {
			int tag = nextTag();
			if (tag < 0) {
				add(Type.DATA, this.source.substring(this.at));
				this.at = this.source.length();
			}
			else {
				tag(tag);
			}
		}
		add(Type.END, "");
	}

	private int nextTag() {
		for (int open = this.source.indexOf('{', this.at); open >= 0
				&& open + 1 < this.source.length(); open = this.source.indexOf('{', open + 1)) {
			char kind = this.source.charAt(open + 1);
			if (kind == '%' || kind == '{' || kind == '#') {
				return open;
			}
		}
		return -1;
	}

	private void tag(int tag) {
		char kind = this.source.charAt(tag + 1);
		char sign = (tag + 2 < this.source.length()) ? this.source.charAt(tag + 2) : ' ';
		boolean signed = sign == '-' || sign == '+';
		data(tag, sign, kind != '{');
		int raw = (kind == '%') ? rawEnd(tag + (signed ? 3 : 2)) : -1;
		this.at = tag;
		if (raw >= 0) {
			this.at = raw;
			raw();
			return;
		}
		Type begin = (kind == '%') ? Type.BLOCK_BEGIN : Type.VARIABLE_BEGIN;
		if (kind != '#') {
			add(begin, "");
		}
		this.at = tag + (signed ? 3 : 2);
		if (kind == '#') {
			comment();
		}
		else {
			this.at = new TagLexer(this.source, this.at, this.tokens, line()).run(kind == '%');
		}
		this.lineStart = this.source.charAt(this.at - 1) == '\n';
	}

	/** Adds the text before a tag, as far as the tag leaves it. */
	private void data(int end, char sign, boolean stripsLine) {
		int to = end;
		if (sign == '-') {
			to = Characters.trimEnd(this.source, this.at, end);
		}
		else if (sign != '+' && stripsLine) {
			int start = end;
			while (start > this.at && this.source.charAt(start - 1) != '\n') {
				start--;
			}
			boolean startsLine = start > this.at || this.lineStart || this.source.startsWith("\n", start - 1);
			if (startsLine && Characters.skipSpace(this.source, start) >= end) {
				to = start;
			}
		}
		if (to > this.at) {
			add(Type.DATA, this.source.substring(this.at, to));
		}
	}

	private void comment() {
		int end = this.source.indexOf("#}", this.at);
		if (end < 0) {
			throw Failure.syntax("Missing end of comment tag");
		}
		this.at = afterTag(end, this.at);
	}

	/** Returns where text goes on after a tag's end, by the sign before that end. */
	private int afterTag(int end, int start) {
		char sign = (end > start) ? this.source.charAt(end - 1) : ' ';
		if (sign == '-') {
			return Characters.skipSpace(this.source, end + 2);
		}
		return (sign != '+' && this.source.startsWith("\n", end + 2)) ? end + 3 : end + 2;
	}

	/** Returns the position after a raw tag's end, or -1 if there is another tag. */
	private int rawEnd(int from) {
		int name = Characters.skipSpace(this.source, from);
		if (!this.source.startsWith("raw", name)) {
			return -1;
		}
		int end = Characters.skipSpace(this.source, name + 3);
		if (this.source.startsWith("-%}", end)) {
			return Characters.skipSpace(this.source, end + 3);
		}
		return this.source.startsWith("%}", end) ? end + 2 : -1;
	}

	private void raw() {
		this.lineStart = this.source.charAt(this.at - 1) == '\n';
		for (int open = this.source.indexOf("{%", this.at); open >= 0; open = this.source.indexOf("{%", open + 1)) {
			char sign = (open + 2 < this.source.length()) ? this.source.charAt(open + 2) : ' ';
			boolean signed = sign == '-' || sign == '+';
			int name = Characters.skipSpace(this.source, open + (signed ? 3 : 2));
			if (!this.source.startsWith("endraw", name)) {
				continue;
			}
			int start = Characters.skipSpace(this.source, name + 6);
			int end = (this.source.startsWith("-", start) || this.source.startsWith("+", start)) ? start + 1 : start;
			if (this.source.startsWith("%}", end)) {
				data(open, sign, true);
				this.at = afterTag(end, start);
				this.lineStart = this.source.charAt(this.at - 1) == '\n';
				return;
			}
		}
		throw Failure.syntax("Missing end of raw directive");
	}

	private void add(Type type, Object value) {
		this.tokens.add(new Token(type, value, line()));
	}

}
