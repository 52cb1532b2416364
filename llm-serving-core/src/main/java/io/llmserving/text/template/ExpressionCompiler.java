package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.template.ArgumentCompiler.Passing;
import io.llmserving.text.template.Function.Slot;

/**
 * Turns expressions into something that can be evaluated.
 */
final class ExpressionCompiler {

	private final ArgumentCompiler arguments = new ArgumentCompiler(this);

	Expression compile(Expr expression, Frame frame) {
		Expression compiled = switch (expression) {
			case Expr.Literal literal -> constant(literal.value());
			case Expr.Name name -> name(name, frame);
			case Expr.ListLiteral list -> list(list.items(), frame);
			case Expr.TupleLiteral tuple -> tuple(list(tuple.items(), frame));
			case Expr.DictLiteral dict -> dict(dict, frame);
			case Expr.Binary binary -> binary(binary, frame);
			case Expr.Unary unary -> unary(unary, frame);
			case Expr.Concat concat -> concat(concat, frame);
			case Expr.Compare compare -> compare(compare, frame);
			case Expr.Conditional conditional -> conditional(conditional, frame.softened());
			case Expr.Attribute attribute -> attribute(attribute, frame);
			case Expr.Item item -> item(item, frame);
			case Expr.Call call -> {
				CallWith compiledCall = callBlock(call, frame);
				yield (run, env) -> compiledCall.call(run, env, null);
			}
			case Expr.Filter filter -> filter(filter, frame);
			case Expr.Test test -> test(test, frame);
			case Expr.Slice _, Expr.NamespaceTarget _ ->
				throw Failure.syntax("a slice or target out of place").at(expression.line());
		};
		return (run, env) -> {
			run.steps(1);
			return compiled.evaluate(run, env);
		};
	}

	private static Expression constant(Object value) {
		return (_, _) -> value;
	}

	private static Expression name(Expr.Name name, Frame frame) {
		Slot slot = frame.slot(name.name());
		Undefined undefined = Undefined.variable(name.name());
		return (_, env) -> {
			Object value = slot.get(env);
			return (value != null) ? value : undefined;
		};
	}

	private Expression list(List<Expr> items, Frame frame) {
		List<Expression> compiled = items.stream().map((item) -> compile(item, frame)).toList();
		return (run, env) -> {
			List<Object> values = new ArrayList<>(compiled.size());
			for (Expression item : compiled) {
				values.add(item.evaluate(run, env));
			}
			return values;
		};
	}

	@SuppressWarnings("unchecked")
	private static Expression tuple(Expression list) {
		return (run, env) -> new Tuple((List<Object>) list.evaluate(run, env));
	}

	private Expression dict(Expr.DictLiteral dict, Frame frame) {
		List<Expression> keys = dict.keys().stream().map((key) -> compile(key, frame)).toList();
		List<Expression> values = dict.values().stream().map((value) -> compile(value, frame)).toList();
		return (run, env) -> {
			Dict result = new Dict();
			for (int index = 0; index < keys.size(); index++) {
				result.put(keys.get(index).evaluate(run, env), values.get(index).evaluate(run, env));
			}
			return result;
		};
	}

	private Expression binary(Expr.Binary binary, Frame frame) {
		Expression left = compile(binary.left(), frame);
		Expression right = compile(binary.right(), frame);
		return switch (binary.operator()) {
			case "and" -> (run, env) -> {
				Object value = left.evaluate(run, env);
				return Truth.of(value) ? right.evaluate(run, env) : value;
			};
			case "or" -> (run, env) -> {
				Object value = left.evaluate(run, env);
				return Truth.of(value) ? value : right.evaluate(run, env);
			};
			default -> {
				Operators.Binary operator = Operators.binary(binary.operator());
				yield (run, env) -> operator.apply(run, left.evaluate(run, env), right.evaluate(run, env));
			}
		};
	}

	private Expression unary(Expr.Unary unary, Frame frame) {
		Expression operand = compile(unary.operand(), frame);
		return switch (unary.operator()) {
			case "not" -> (run, env) -> !Truth.of(operand.evaluate(run, env));
			case "-" -> (run, env) -> Operators.negate(operand.evaluate(run, env));
			default -> (run, env) -> Operators.plus(operand.evaluate(run, env));
		};
	}

	private Expression concat(Expr.Concat concat, Frame frame) {
		List<Expression> parts = concat.parts().stream().map((part) -> compile(part, frame)).toList();
		return (run, env) -> {
			List<Object> values = new ArrayList<>(parts.size());
			for (Expression part : parts) {
				values.add(part.evaluate(run, env));
			}
			TextBuilder text = new TextBuilder();
			for (Object value : values) {
				text.append(Printer.text(run, value));
			}
			run.characters(text.length());
			return text.build();
		};
	}

	private Expression compare(Expr.Compare compare, Frame frame) {
		Expression first = compile(compare.first(), frame);
		List<Comparison.Relation> relations = compare.operators().stream().map(Comparison::relation).toList();
		List<Expression> operands = compare.operands().stream().map((operand) -> compile(operand, frame)).toList();
		return (run, env) -> {
			Object left = first.evaluate(run, env);
			for (int index = 0; index < operands.size(); index++) {
				Object right = operands.get(index).evaluate(run, env);
				if (!relations.get(index).holds(run, left, right)) {
					return false;
				}
				left = right;
			}
			return true;
		};
	}

	private Expression conditional(Expr.Conditional conditional, Frame frame) {
		Expression test = compile(conditional.test(), frame);
		Expression then = compile(conditional.then(), frame);
		Expression otherwise = (conditional.otherwise() != null) ? compile(conditional.otherwise(), frame)
				: constant(new Undefined("the inline if-expression on line " + conditional.line()
						+ " evaluated to false and no else section was defined."));
		return (run, env) -> (Truth.of(test.evaluate(run, env)) ? then : otherwise).evaluate(run, env);
	}

	private Expression attribute(Expr.Attribute attribute, Frame frame) {
		Expression target = compile(attribute.target(), frame);
		int line = attribute.line();
		return (run, env) -> {
			Object owner = target.evaluate(run, env);
			run.line(line);
			Object member = Members.attribute(owner, attribute.name());
			if (member instanceof Method) {
				run.visit(owner);
			}
			return member;
		};
	}

	private Expression item(Expr.Item item, Frame frame) {
		Expression target = compile(item.target(), frame);
		if (item.index() instanceof Expr.Slice slice) {
			return slice(target, slice, frame);
		}
		Expression index = compile(item.index(), frame);
		int line = item.line();
		return (run, env) -> {
			Object owner = target.evaluate(run, env);
			Object position = index.evaluate(run, env);
			run.line(line);
			if (owner instanceof Text) {
				run.visit(owner);
			}
			run.visit(position);
			return Members.item(owner, position);
		};
	}

	private Expression slice(Expression target, Expr.Slice slice, Frame frame) {
		Expression start = bound(slice.start(), frame);
		Expression stop = bound(slice.stop(), frame);
		Expression step = bound(slice.step(), frame);
		return (run, env) -> Slices.slice(run, target.evaluate(run, env), start.evaluate(run, env),
				stop.evaluate(run, env), step.evaluate(run, env));
	}

	private Expression bound(@Nullable Expr bound, Frame frame) {
		return (bound != null) ? compile(bound, frame) : constant(None.NONE);
	}

	/** Compiles a call to which a block may be handed. */
	CallWith callBlock(Expr.Call call, Frame frame) {
		Expression target = compile(call.target(), frame);
		Passing passing = this.arguments.compile(call.passed(), frame);
		int line = call.line();
		return (run, env, caller) -> {
			Object callee = target.evaluate(run, env);
			Arguments passed = passing.evaluate(run, env, caller);
			run.line(line);
			passed.positional().forEach(run::visit);
			return switch (callee) {
				case Callable callable -> callable.call(run, passed);
				case Undefined undefined -> throw undefined.failure();
				default -> throw Failure.runtime("'" + TypeNames.of(callee) + "' object is not callable");
			};
		};
	}

	private Expression filter(Expr.Filter filter, Frame frame) {
		Chain chain = chain(filter, frame);
		return (run, env) -> chain.apply(run, env, Text.EMPTY);
	}

	/** Compiles filters that are applied to a block's text, or to their own target. */
	Chain chain(Expr.@Nullable Filter filter, Frame frame) {
		if (filter == null) {
			return (_, _, block) -> block;
		}
		Chain target = switch (filter.target()) {
			case null -> (_, _, block) -> block;
			case Expr.Filter inner -> chain(inner, frame);
			case Expr other -> {
				Expression value = compile(other, frame);
				yield (run, env, _) -> value.evaluate(run, env);
			}
		};
		Filters.Filter body = Filters.find(filter.name());
		if (body == null) {
			if (!frame.soft()) {
				throw Failure.syntax("No filter named '" + filter.name() + "'").at(filter.line());
			}
			body = Filters.unknown(filter.name());
		}
		return applied(target, body, this.arguments.compile(filter.passed(), frame), filter.line());
	}

	private static Chain applied(Chain target, Filters.Filter filter, Passing passing, int line) {
		return (run, env, block) -> {
			Object value = target.apply(run, env, block);
			Arguments passed = passing.evaluate(run, env, null);
			run.line(line);
			run.steps(1);
			run.visit(value);
			passed.positional().forEach(run::visit);
			return filter.apply(run, value, passed);
		};
	}

	private Expression test(Expr.Test test, Frame frame) {
		Expression target = compile(test.target(), frame);
		Passing passing = this.arguments.compile(test.passed(), frame);
		Tests.Test found = Tests.find(test.name());
		if (found == null && !frame.soft()) {
			throw Failure.syntax("No test named '" + test.name() + "'").at(test.line());
		}
		Tests.Test body = (found != null) ? found : Tests.unknown(test.name());
		return (run, env) -> {
			Object value = target.evaluate(run, env);
			run.visit(value);
			return body.test(run, value, passing.evaluate(run, env, null));
		};
	}

	/** A call to which a block may be handed. */
	@FunctionalInterface
	interface CallWith {

		Object call(Execution run, Env env, @Nullable Macro caller);

	}

	/** Filters that may be applied to a block's text. */
	@FunctionalInterface
	interface Chain {

		Object apply(Execution run, Env env, Text block);

	}

}
