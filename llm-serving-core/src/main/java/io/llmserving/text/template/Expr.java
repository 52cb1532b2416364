package io.llmserving.text.template;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The syntax tree of an expression. Every node knows its line, counted from 1.
 */
sealed interface Expr {

	int line();

	/** What is done with a name. */
	enum Use {

		LOAD, STORE, PARAMETER

	}

	record Literal(Object value, int line) implements Expr {
	}

	record Name(String name, Use use, int line) implements Expr {
	}

	/** An attribute of a namespace, as the target of an assignment. */
	record NamespaceTarget(String name, String attribute, int line) implements Expr {
	}

	record ListLiteral(List<Expr> items, int line) implements Expr {
	}

	record TupleLiteral(List<Expr> items, int line) implements Expr {
	}

	record DictLiteral(List<Expr> keys, List<Expr> values, int line) implements Expr {
	}

	/** An operation on two operands, {@code and} and {@code or} included. */
	record Binary(String operator, Expr left, Expr right, int line) implements Expr {
	}

	record Unary(String operator, Expr operand, int line) implements Expr {
	}

	record Concat(List<Expr> parts, int line) implements Expr {
	}

	/** A chain of comparisons; one operator per operand after the first. */
	record Compare(Expr first, List<String> operators, List<Expr> operands, int line) implements Expr {
	}

	record Conditional(Expr test, Expr then, @Nullable Expr otherwise, int line) implements Expr {
	}

	record Attribute(Expr target, String name, int line) implements Expr {
	}

	record Item(Expr target, Expr index, int line) implements Expr {
	}

	record Slice(@Nullable Expr start, @Nullable Expr stop, @Nullable Expr step, int line) implements Expr {
	}

	record Call(Expr target, Passed passed, int line) implements Expr {
	}

	/** A filter; without a target it is applied to the body of a block. */
	record Filter(@Nullable Expr target, String name, Passed passed, int line) implements Expr {
	}

	record Test(Expr target, String name, Passed passed, int line) implements Expr {
	}

	/** The arguments of a call. */
	record Passed(List<Expr> positional, List<String> names, List<Expr> named, @Nullable Expr star,
			@Nullable Expr doubleStar) {

		static final Passed NOTHING = new Passed(List.of(), List.of(), List.of(), null, null);

	}

}
