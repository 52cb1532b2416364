package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.llmserving.text.template.Expr.Use;
import io.llmserving.text.template.Token.Type;

/**
 * Parses expressions, from the loosest operator to the tightest, with jinja2's
 * precedences.
 */
final class ExpressionParser {

	private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

	private final TokenStream stream;

	private final PrimaryParser primary;

	ExpressionParser(TokenStream stream) {
		this.stream = stream;
		this.primary = new PrimaryParser(stream, this);
	}

	Expr expression() {
		this.stream.enter();
		Expr result = conditional();
		this.stream.leave();
		return result;
	}

	/** Parses an expression that an {@code if} ends. */
	Expr withoutCondition() {
		this.stream.enter();
		Expr result = or();
		this.stream.leave();
		return result;
	}

	/** Parses one expression, or several with commas between as a tuple. */
	Expr tuple(boolean conditions, String endName) {
		return tuple(conditions, endName, false);
	}

	Expr tuple(boolean conditions, String endName, boolean parenthesized) {
		int line = this.stream.current().line();
		List<Expr> items = new ArrayList<>();
		boolean tuple = false;
		while (true) {
			if (!items.isEmpty()) {
				this.stream.expect(",");
			}
			if (tupleEnd(endName)) {
				break;
			}
			items.add(conditions ? expression() : withoutCondition());
			if (!this.stream.current().is(",")) {
				break;
			}
			tuple = true;
		}
		if (!tuple && !items.isEmpty()) {
			return items.getFirst();
		}
		if (!tuple && !parenthesized) {
			throw this.stream.unexpected("Expected an expression");
		}
		return new Expr.TupleLiteral(items, line);
	}

	private boolean tupleEnd(String endName) {
		Token token = this.stream.current();
		return token.type() == Type.VARIABLE_END || token.type() == Type.BLOCK_END || token.is(")")
				|| token.isName(endName);
	}

	/** Parses the target of an assignment or a loop. */
	Expr target(boolean namespaces, String endName) {
		int line = this.stream.current().line();
		List<Expr> items = new ArrayList<>();
		boolean tuple = false;
		while (items.isEmpty() || this.stream.skipIf(",")) {
			tuple |= !items.isEmpty();
			if (!items.isEmpty() && (tupleEnd(endName) || this.stream.current().is("="))) {
				break;
			}
			items.add(singleTarget(namespaces, endName));
		}
		return tuple ? new Expr.TupleLiteral(items, line) : items.getFirst();
	}

	private Expr singleTarget(boolean namespaces, String endName) {
		if (this.stream.current().is("(")) {
			this.stream.enter();
			this.stream.next();
			Expr inner = target(false, endName);
			this.stream.expect(")");
			this.stream.leave();
			return inner;
		}
		int line = this.stream.current().line();
		String name = this.stream.name();
		if (namespaces && this.stream.skipIf(".")) {
			return new Expr.NamespaceTarget(name, this.stream.name(), line);
		}
		return name(name, Use.STORE, line);
	}

	/** Makes an assignable name. */
	Expr.Name name(String name, Use use, int line) {
		if (PrimaryParser.constant(name) != null) {
			throw Failure.syntax("can't assign to '" + name + "'").at(line);
		}
		return new Expr.Name(name, use, line);
	}

	private Expr conditional() {
		int line = this.stream.current().line();
		Expr result = or();
		while (this.stream.skipIfName("if")) {
			Expr test = or();
			Expr otherwise = null;
			if (this.stream.skipIfName("else")) {
				this.stream.enter();
				otherwise = conditional();
				this.stream.leave();
			}
			result = new Expr.Conditional(test, result, otherwise, line);
		}
		return result;
	}

	private Expr or() {
		Expr left = and();
		while (this.stream.current().isName("or")) {
			int line = this.stream.next().line();
			left = new Expr.Binary("or", left, and(), line);
		}
		return left;
	}

	private Expr and() {
		Expr left = not();
		while (this.stream.current().isName("and")) {
			int line = this.stream.next().line();
			left = new Expr.Binary("and", left, not(), line);
		}
		return left;
	}

	private Expr not() {
		if (!this.stream.current().isName("not")) {
			return compare();
		}
		int line = this.stream.next().line();
		this.stream.enter();
		Expr operand = not();
		this.stream.leave();
		return new Expr.Unary("not", operand, line);
	}

	private Expr compare() {
		int line = this.stream.current().line();
		Expr first = sum();
		List<String> operators = new ArrayList<>();
		List<Expr> operands = new ArrayList<>();
		while (true) {
			Token token = this.stream.current();
			if (token.type() == Type.OPERATOR && COMPARISONS.contains((String) token.value())) {
				operators.add((String) this.stream.next().value());
			}
			else if (this.stream.skipIfName("in")) {
				operators.add("in");
			}
			else if (token.isName("not") && this.stream.look().isName("in")) {
				this.stream.next();
				this.stream.next();
				operators.add("not in");
			}
			else {
				break;
			}
			operands.add(sum());
		}
		return operators.isEmpty() ? first : new Expr.Compare(first, operators, operands, line);
	}

	private Expr sum() {
		Expr left = concat();
		while (this.stream.current().is("+") || this.stream.current().is("-")) {
			Token operator = this.stream.next();
			left = new Expr.Binary((String) operator.value(), left, concat(), operator.line());
		}
		return left;
	}

	private Expr concat() {
		int line = this.stream.current().line();
		List<Expr> parts = new ArrayList<>();
		parts.add(product());
		while (this.stream.skipIf("~")) {
			parts.add(product());
		}
		return (parts.size() == 1) ? parts.getFirst() : new Expr.Concat(parts, line);
	}

	private Expr product() {
		Expr left = power();
		while (this.stream.current().is("*") || this.stream.current().is("/") || this.stream.current().is("//")
				|| this.stream.current().is("%")) {
			Token operator = this.stream.next();
			left = new Expr.Binary((String) operator.value(), left, power(), operator.line());
		}
		return left;
	}

	private Expr power() {
		Expr left = this.primary.unary(true);
		while (this.stream.current().is("**")) {
			int line = this.stream.next().line();
			left = new Expr.Binary("**", left, this.primary.unary(true), line);
		}
		return left;
	}

}
