package io.llmserving.text.template;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.template.Expr.Passed;
import io.llmserving.text.template.Expr.Use;
import io.llmserving.text.template.Stmt.Signature;

/**
 * Visits every name in a tree, macros and loops included, in jinja2's order.
 */
final class NameWalker {

	private final Consumer<Expr.Name> visitor;

	NameWalker(Consumer<Expr.Name> visitor) {
		this.visitor = visitor;
	}

	/**
	 * Returns those of some names that are read before they are assigned to.
	 */
	static Set<String> undeclared(List<Stmt> body, Set<String> names) {
		Set<String> open = new HashSet<>(names);
		Set<String> found = new HashSet<>();
		new NameWalker((name) -> {
			if (name.use() == Use.LOAD && open.contains(name.name())) {
				found.add(name.name());
			}
			else {
				open.remove(name.name());
			}
		}).statements(body);
		return found;
	}

	void statements(List<Stmt> statements) {
		statements.forEach(this::statement);
	}

	void statement(Stmt statement) {
		switch (statement) {
			case Stmt.Print print -> expression(print.value());
			case Stmt.If branch -> {
				for (int index = 0; index < branch.tests().size(); index++) {
					expression(branch.tests().get(index));
					statements(branch.bodies().get(index));
				}
				statements(branch.otherwise());
			}
			case Stmt.For loop -> {
				expression(loop.target());
				expression(loop.iterable());
				statements(loop.body());
				statements(loop.otherwise());
				expression(loop.test());
			}
			case Stmt.Assign assign -> {
				expression(assign.target());
				expression(assign.value());
			}
			case Stmt.AssignBlock assign -> {
				expression(assign.target());
				expression(assign.filter());
				statements(assign.body());
			}
			case Stmt.With with -> {
				with.targets().forEach(this::expression);
				with.values().forEach(this::expression);
				statements(with.body());
			}
			case Stmt.Macro macro -> {
				signature(macro.signature());
				statements(macro.body());
			}
			case Stmt.CallBlock block -> {
				expression(block.call());
				signature(block.signature());
				statements(block.body());
			}
			case Stmt.FilterBlock block -> {
				statements(block.body());
				expression(block.filter());
			}
			case Stmt.Generation generation -> statements(generation.body());
			case Stmt.Data _, Stmt.Break _, Stmt.Continue _ -> {
			}
		}
	}

	private void signature(Signature signature) {
		signature.parameters().forEach(this::expression);
		signature.defaults().forEach(this::expression);
	}

	void expression(@Nullable Expr expression) {
		switch (expression) {
			case null -> {
			}
			case Expr.Literal _, Expr.NamespaceTarget _ -> {
			}
			case Expr.Name name -> this.visitor.accept(name);
			case Expr.ListLiteral list -> list.items().forEach(this::expression);
			case Expr.TupleLiteral tuple -> tuple.items().forEach(this::expression);
			case Expr.DictLiteral dict -> {
				dict.keys().forEach(this::expression);
				dict.values().forEach(this::expression);
			}
			case Expr.Binary binary -> {
				expression(binary.left());
				expression(binary.right());
			}
			case Expr.Unary unary -> expression(unary.operand());
			case Expr.Concat concat -> concat.parts().forEach(this::expression);
			case Expr.Compare compare -> {
				expression(compare.first());
				compare.operands().forEach(this::expression);
			}
			case Expr.Conditional conditional -> {
				expression(conditional.test());
				expression(conditional.then());
				expression(conditional.otherwise());
			}
			case Expr.Attribute attribute -> expression(attribute.target());
			case Expr.Item item -> {
				expression(item.target());
				expression(item.index());
			}
			case Expr.Slice slice -> {
				expression(slice.start());
				expression(slice.stop());
				expression(slice.step());
			}
			case Expr.Call call -> {
				expression(call.target());
				passed(call.passed());
			}
			case Expr.Filter filter -> {
				expression(filter.target());
				passed(filter.passed());
			}
			case Expr.Test test -> {
				expression(test.target());
				passed(test.passed());
			}
		}
	}

	private void passed(Passed passed) {
		passed.positional().forEach(this::expression);
		passed.named().forEach(this::expression);
		expression(passed.star());
		expression(passed.doubleStar());
	}

}
