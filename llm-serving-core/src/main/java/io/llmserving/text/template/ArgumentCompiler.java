package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Compiles the arguments of calls.
 */
final class ArgumentCompiler {

	private final ExpressionCompiler expressions;

	ArgumentCompiler(ExpressionCompiler expressions) {
		this.expressions = expressions;
	}

	Passing compile(Expr.Passed passed, Frame frame) {
		List<Expression> positional = compile(passed.positional(), frame);
		List<Expression> named = compile(passed.named(), frame);
		Expression star = (passed.star() != null) ? this.expressions.compile(passed.star(), frame) : null;
		Expression doubleStar = (passed.doubleStar() != null) ? this.expressions.compile(passed.doubleStar(), frame)
				: null;
		return (run, env, caller) -> {
			List<Object> values = evaluate(positional, run, env);
			if (star != null) {
				values.addAll(Iteration.list(run, star.evaluate(run, env)));
			}
			if (named.isEmpty() && doubleStar == null && caller == null) {
				return new Arguments(values, Map.of());
			}
			Map<String, Object> byName = new LinkedHashMap<>();
			for (int index = 0; index < named.size(); index++) {
				byName.put(passed.names().get(index), named.get(index).evaluate(run, env));
			}
			if (caller != null) {
				byName.put("caller", caller);
			}
			if (doubleStar != null) {
				spread(run, doubleStar.evaluate(run, env), byName);
			}
			return new Arguments(values, byName);
		};
	}

	private List<Expression> compile(List<Expr> arguments, Frame frame) {
		return arguments.stream().map((argument) -> this.expressions.compile(argument, frame)).toList();
	}

	private static List<Object> evaluate(List<Expression> arguments, Execution run, Env env) {
		List<Object> values = new ArrayList<>(arguments.size());
		for (Expression argument : arguments) {
			values.add(argument.evaluate(run, env));
		}
		return values;
	}

	private static void spread(Execution run, Object value, Map<String, Object> byName) {
		if (!(value instanceof Dict dict)) {
			throw Failure.runtime("argument after ** must be a mapping, not " + TypeNames.of(value));
		}
		run.items(dict.size());
		for (Dict.Entry entry : dict.entries()) {
			if (!(entry.key() instanceof Text name)) {
				throw Failure.runtime("keywords must be strings");
			}
			if (byName.putIfAbsent(name.value(), entry.value()) != null) {
				throw Failure.runtime("got multiple values for keyword argument '" + name.value() + "'");
			}
		}
	}

	/** Evaluates the arguments of a call. */
	@FunctionalInterface
	interface Passing {

		Arguments evaluate(Execution run, Env env, @Nullable Macro caller);

	}

}
