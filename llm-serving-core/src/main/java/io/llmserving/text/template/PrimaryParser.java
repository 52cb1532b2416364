package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.template.Expr.Passed;
import io.llmserving.text.template.Expr.Use;
import io.llmserving.text.template.Token.Type;

/**
 * Parses literals, names and what follows them: members, calls, filters and tests.
 */
final class PrimaryParser {

	private final TokenStream stream;

	private final ExpressionParser expressions;

	PrimaryParser(TokenStream stream, ExpressionParser expressions) {
		this.stream = stream;
		this.expressions = expressions;
	}

	static @Nullable Object constant(String name) {
		return switch (name) {
			case "true", "True" -> true;
			case "false", "False" -> false;
			case "none", "None" -> None.NONE;
			default -> null;
		};
	}

	Expr unary(boolean filters) {
		Token token = this.stream.current();
		Expr result;
		if (token.is("-") || token.is("+")) {
			this.stream.next();
			this.stream.enter();
			result = new Expr.Unary((String) token.value(), unary(false), token.line());
			this.stream.leave();
		}
		else {
			result = primary();
		}
		result = postfix(result);
		return filters ? filtersAndTests(result) : result;
	}

	private Expr primary() {
		Token token = this.stream.current();
		switch (token.type()) {
			case NAME -> {
				this.stream.next();
				Object constant = constant((String) token.value());
				return (constant != null) ? new Expr.Literal(constant, token.line())
						: new Expr.Name((String) token.value(), Use.LOAD, token.line());
			}
			case STRING -> {
				return string(token.line());
			}
			case INTEGER, FLOAT -> {
				this.stream.next();
				return new Expr.Literal(token.value(), token.line());
			}
			default -> {
				return bracketed(token);
			}
		}
	}

	private Expr string(int line) {
		StringBuilder value = new StringBuilder();
		while (this.stream.current().type() == Type.STRING) {
			value.append(this.stream.next().value());
		}
		return new Expr.Literal(Text.trusted(value.toString()), line);
	}

	private Expr bracketed(Token token) {
		if (this.stream.skipIf("(")) {
			Expr result = this.expressions.tuple(true, "", true);
			this.stream.expect(")");
			return result;
		}
		if (this.stream.skipIf("[")) {
			return new Expr.ListLiteral(list("]"), token.line());
		}
		if (this.stream.skipIf("{")) {
			return dict(token.line());
		}
		throw this.stream.fail("unexpected '" + token.description() + "'");
	}

	private List<Expr> list(String close) {
		List<Expr> items = new ArrayList<>();
		while (!this.stream.skipIf(close)) {
			if (!items.isEmpty()) {
				this.stream.expect(",");
				if (this.stream.skipIf(close)) {
					break;
				}
			}
			items.add(this.expressions.expression());
		}
		return items;
	}

	private Expr dict(int line) {
		List<Expr> keys = new ArrayList<>();
		List<Expr> values = new ArrayList<>();
		while (!this.stream.skipIf("}")) {
			if (!keys.isEmpty()) {
				this.stream.expect(",");
				if (this.stream.skipIf("}")) {
					break;
				}
			}
			keys.add(this.expressions.expression());
			this.stream.expect(":");
			values.add(this.expressions.expression());
		}
		return new Expr.DictLiteral(keys, values, line);
	}

	private Expr postfix(Expr target) {
		Expr result = target;
		while (true) {
			Token token = this.stream.current();
			if (token.is(".")) {
				result = member(result);
			}
			else if (token.is("[")) {
				result = subscript(result);
			}
			else if (token.is("(")) {
				result = new Expr.Call(result, passed(), token.line());
			}
			else {
				return result;
			}
		}
	}

	private Expr filtersAndTests(Expr target) {
		Expr result = target;
		while (true) {
			Token token = this.stream.current();
			if (token.is("|")) {
				this.stream.next();
				result = filter(result);
			}
			else if (token.isName("is")) {
				result = test(result);
			}
			else if (token.is("(")) {
				result = new Expr.Call(result, passed(), token.line());
			}
			else {
				return result;
			}
		}
	}

	/** Parses a filter after its bar. */
	Expr.Filter filter(@Nullable Expr target) {
		int line = this.stream.current().line();
		String name = dottedName();
		Passed passed = this.stream.current().is("(") ? passed() : Passed.NOTHING;
		return new Expr.Filter(target, name, passed, line);
	}

	/** Parses the filters that follow, each applied to the result of the one before. */
	Expr.@Nullable Filter filters(Expr.@Nullable Filter first) {
		Expr.Filter result = first;
		while (this.stream.skipIf("|")) {
			result = filter(result);
		}
		return result;
	}

	private String dottedName() {
		StringBuilder name = new StringBuilder(this.stream.name());
		while (this.stream.skipIf(".")) {
			name.append('.').append(this.stream.name());
		}
		return name.toString();
	}

	private Expr test(Expr target) {
		int line = this.stream.next().line();
		boolean negated = this.stream.skipIfName("not");
		String name = dottedName();
		Passed passed = Passed.NOTHING;
		Token token = this.stream.current();
		if (token.is("(")) {
			passed = passed();
		}
		else if (startsArgument(token)) {
			if (token.isName("is")) {
				throw this.stream.fail("You cannot chain multiple tests with is");
			}
			this.stream.enter();
			Expr argument = postfix(primary());
			this.stream.leave();
			passed = new Passed(List.of(argument), List.of(), List.of(), null, null);
		}
		Expr result = new Expr.Test(target, name, passed, line);
		return negated ? new Expr.Unary("not", result, line) : result;
	}

	private static boolean startsArgument(Token token) {
		return switch (token.type()) {
			case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
			case STRING, INTEGER, FLOAT -> true;
			default -> token.is("[") || token.is("{");
		};
	}

	private Expr member(Expr target) {
		int line = this.stream.next().line();
		Token name = this.stream.next();
		if (name.type() == Type.NAME) {
			return new Expr.Attribute(target, (String) name.value(), line);
		}
		if (name.type() != Type.INTEGER) {
			throw Failure.syntax("expected name or number").at(name.line());
		}
		return new Expr.Item(target, new Expr.Literal(name.value(), line), line);
	}

	private Expr subscript(Expr target) {
		int line = this.stream.next().line();
		List<Expr> indices = new ArrayList<>();
		while (!this.stream.skipIf("]")) {
			if (!indices.isEmpty()) {
				this.stream.expect(",");
			}
			indices.add(subscribed());
		}
		Expr index = (indices.size() == 1) ? indices.getFirst() : new Expr.TupleLiteral(indices, line);
		return new Expr.Item(target, index, line);
	}

	private Expr subscribed() {
		int line = this.stream.current().line();
		Expr start = null;
		if (!this.stream.skipIf(":")) {
			start = this.expressions.expression();
			if (!this.stream.skipIf(":")) {
				return start;
			}
		}
		Expr stop = bound();
		Expr step = this.stream.skipIf(":") ? bound() : null;
		return new Expr.Slice(start, stop, step, line);
	}

	private @Nullable Expr bound() {
		Token token = this.stream.current();
		return (token.is(":") || token.is("]") || token.is(",")) ? null : this.expressions.expression();
	}

	private Passed passed() {
		this.stream.expect("(");
		List<Expr> positional = new ArrayList<>();
		List<String> names = new ArrayList<>();
		List<Expr> named = new ArrayList<>();
		Expr star = null;
		Expr doubleStar = null;
		boolean first = true;
		while (!this.stream.skipIf(")")) {
			if (!first) {
				this.stream.expect(",");
				if (this.stream.skipIf(")")) {
					break;
				}
			}
			first = false;
			ensure(doubleStar == null);
			if (this.stream.skipIf("*")) {
				ensure(star == null);
				star = this.expressions.expression();
			}
			else if (this.stream.skipIf("**")) {
				doubleStar = this.expressions.expression();
			}
			else if (this.stream.current().type() == Type.NAME && this.stream.look().is("=")) {
				names.add(this.stream.name());
				this.stream.next();
				named.add(this.expressions.expression());
			}
			else {
				ensure(star == null && named.isEmpty());
				positional.add(this.expressions.expression());
			}
		}
		ensure(names.stream().distinct().count() == names.size());
		return new Passed(positional, names, named, star, doubleStar);
	}

	private void ensure(boolean condition) {
		if (!condition) {
			throw this.stream.fail("invalid syntax for function call expression");
		}
	}

}
