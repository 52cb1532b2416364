package io.llmserving.text.template;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The syntax tree of a statement. Every node knows its line, counted from 1.
 */
sealed interface Stmt {

	int line();

	/** Template text. */
	record Data(String text, int line) implements Stmt {
	}

	record Print(Expr value, int line) implements Stmt {
	}

	/** An if with its elif branches, as tests and bodies of equal number. */
	record If(List<Expr> tests, List<List<Stmt>> bodies, List<Stmt> otherwise, int line) implements Stmt {
	}

	record For(Expr target, Expr iterable, @Nullable Expr test, boolean recursive, List<Stmt> body,
			List<Stmt> otherwise, int line) implements Stmt {
	}

	record Assign(Expr target, Expr value, int line) implements Stmt {
	}

	record AssignBlock(Expr target, Expr.@Nullable Filter filter, List<Stmt> body, int line) implements Stmt {
	}

	record With(List<Expr> targets, List<Expr> values, List<Stmt> body, int line) implements Stmt {
	}

	record Macro(String name, Signature signature, List<Stmt> body, int line) implements Stmt {
	}

	record CallBlock(Expr.Call call, Signature signature, List<Stmt> body, int line) implements Stmt {
	}

	record FilterBlock(Expr.Filter filter, List<Stmt> body, int line) implements Stmt {
	}

	/** A generation tag; what an assistant says, of no effect on the text. */
	record Generation(List<Stmt> body, int line) implements Stmt {
	}

	record Break(int line) implements Stmt {
	}

	record Continue(int line) implements Stmt {
	}

	/** Parameters of a macro; defaults belong to the last ones. */
	record Signature(List<Expr.Name> parameters, List<Expr> defaults) {

		static final Signature EMPTY = new Signature(List.of(), List.of());

		@Nullable Expr defaultOf(int index) {
			int offset = index - (this.parameters.size() - this.defaults.size());
			return (offset >= 0) ? this.defaults.get(offset) : null;
		}

	}

}
