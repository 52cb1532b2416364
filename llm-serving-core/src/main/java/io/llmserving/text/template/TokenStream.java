package io.llmserving.text.template;

import java.util.List;
import java.util.Locale;

import io.llmserving.text.template.Token.Type;

/**
 * The tokens still to be parsed.
 */
final class TokenStream {

	/** Keeps the parser, and whatever walks its tree, within the thread's stack. */
	private static final int MAXIMUM_DEPTH = 150;

	private final List<Token> tokens;

	private int at;

	private int depth;

	TokenStream(List<Token> tokens) {
		this.tokens = tokens;
	}

	Token current() {
		return this.tokens.get(this.at);
	}

	Token look() {
		return this.tokens.get(Math.min(this.at + 1, this.tokens.size() - 1));
	}

	Token next() {
		Token token = current();
		if (token.type() != Type.END) {
			this.at++;
		}
		return token;
	}

	boolean skipIf(String operator) {
		boolean found = current().is(operator);
		if (found) {
			next();
		}
		return found;
	}

	boolean skipIfName(String name) {
		boolean found = current().isName(name);
		if (found) {
			next();
		}
		return found;
	}

	Token expect(Type type) {
		if (current().type() != type) {
			throw unexpected("expected token '" + type.name().toLowerCase(Locale.ROOT) + "'");
		}
		return next();
	}

	Token expect(String operator) {
		if (!current().is(operator)) {
			throw unexpected("expected token '" + operator + "'");
		}
		return next();
	}

	Token expectName(String name) {
		if (!current().isName(name)) {
			throw unexpected("expected token '" + name + "'");
		}
		return next();
	}

	String name() {
		return (String) expect(Type.NAME).value();
	}

	void enter() {
		if (++this.depth > MAXIMUM_DEPTH) {
			throw fail("nested more than " + MAXIMUM_DEPTH + " deep");
		}
	}

	void leave() {
		this.depth--;
	}

	ChatTemplateException unexpected(String expectation) {
		return fail(expectation + ", got '" + current().description() + "'");
	}

	ChatTemplateException fail(String message) {
		return Failure.syntax(message).at(current().line());
	}

}
