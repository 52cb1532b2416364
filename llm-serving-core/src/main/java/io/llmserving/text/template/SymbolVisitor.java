package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.text.template.Expr.Use;
import io.llmserving.text.template.Stmt.Signature;

/**
 * Finds what the names of a scope mean. Scopes inside it are looked at on their own.
 */
final class SymbolVisitor {

	private Symbols symbols;

	SymbolVisitor(Symbols symbols) {
		this.symbols = symbols;
	}

	/** Declares names that a call, a loop or a with statement sets. */
	void parameters(Expr target) {
		new NameWalker((name) -> this.symbols.parameter(name.name())).expression(target);
	}

	void signature(Signature signature) {
		signature.parameters().forEach(this::parameters);
		signature.defaults().forEach(this::expression);
	}

	void statements(List<Stmt> statements) {
		statements.forEach(this::statement);
	}

	private void statement(Stmt statement) {
		switch (statement) {
			case Stmt.Print print -> expression(print.value());
			case Stmt.If branch -> branches(branch);
			case Stmt.For loop -> expression(loop.iterable());
			case Stmt.Assign assign -> {
				expression(assign.value());
				target(assign.target());
			}
			case Stmt.AssignBlock assign -> target(assign.target());
			case Stmt.With with -> with.values().forEach(this::expression);
			case Stmt.Macro macro -> this.symbols.store(macro.name());
			case Stmt.CallBlock block -> expression(block.call());
			case Stmt.FilterBlock block -> expression(block.filter());
			case Stmt.Generation _, Stmt.Data _, Stmt.Break _, Stmt.Continue _ -> {
			}
		}
	}

	private void branches(Stmt.If branch) {
		expression(branch.tests().getFirst());
		List<Symbols> results = new ArrayList<>();
		results.add(inCopy(() -> statements(branch.bodies().getFirst())));
		results.add(inCopy(() -> {
			for (int index = 1; index < branch.tests().size(); index++) {
				List<Stmt> body = branch.bodies().get(index);
				expression(branch.tests().get(index));
				this.symbols.merge(List.of(inCopy(() -> statements(body))));
			}
		}));
		results.add(inCopy(() -> statements(branch.otherwise())));
		this.symbols.merge(results);
	}

	private Symbols inCopy(Runnable visit) {
		Symbols original = this.symbols;
		Symbols copy = original.copy();
		this.symbols = copy;
		visit.run();
		this.symbols = original;
		return copy;
	}

	private void target(Expr target) {
		switch (target) {
			case Expr.NamespaceTarget namespace -> this.symbols.load(namespace.name());
			case Expr.TupleLiteral tuple -> tuple.items().forEach(this::target);
			default -> expression(target);
		}
	}

	void expression(Expr expression) {
		new NameWalker((name) -> {
			if (name.use() == Use.LOAD) {
				this.symbols.load(name.name());
			}
			else {
				this.symbols.store(name.name());
			}
		}).expression(expression);
	}

}
