package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

import io.llmserving.text.template.Function.Slot;

/**
 * Compiles targets of assignments.
 */
final class Targets {

	Setter setter(Expr target, Frame frame) {
		return switch (target) {
			case Expr.Name name -> {
				Slot slot = frame.slot(name.name());
				yield (_, env, value) -> slot.set(env, value);
			}
			case Expr.NamespaceTarget member -> {
				Slot slot = frame.slot(member.name());
				Text attribute = Text.trusted(member.attribute());
				yield (_, env, value) -> namespace(slot, env).attributes().put(attribute, value);
			}
			case Expr.TupleLiteral tuple ->
				unpacking(tuple.items().stream().map((item) -> setter(item, frame)).toList());
			default -> throw Failure.syntax("can't assign to this expression").at(target.line());
		};
	}

	/** Returns a check that whatever a target assigns attributes to has some. */
	Check namespaces(Expr target, Frame frame) {
		return switch (target) {
			case Expr.NamespaceTarget member -> {
				Slot slot = frame.slot(member.name());
				yield (env) -> namespace(slot, env);
			}
			case Expr.TupleLiteral tuple -> {
				List<Check> checks = tuple.items().stream().map((item) -> namespaces(item, frame)).toList();
				yield (env) -> checks.forEach((check) -> check.check(env));
			}
			default -> (_) -> {
			};
		};
	}

	private static Namespace namespace(Slot slot, Env env) {
		if (slot.get(env) instanceof Namespace namespace) {
			return namespace;
		}
		throw Failure.runtime("cannot assign attribute on non-namespace object");
	}

	private static Setter unpacking(List<Setter> setters) {
		return (run, env, value) -> {
			Iterator<Object> items = Iteration.of(value);
			List<Object> values = new ArrayList<>(setters.size());
			while (values.size() < setters.size() && items.hasNext()) {
				values.add(items.next());
			}
			if (values.size() < setters.size()) {
				throw Failure.runtime(
						"not enough values to unpack (expected " + setters.size() + ", got " + values.size() + ")");
			}
			if (items.hasNext()) {
				throw Failure.runtime("too many values to unpack (expected " + setters.size() + ")");
			}
			for (int index = 0; index < setters.size(); index++) {
				setters.get(index).set(run, env, values.get(index));
			}
		};
	}

	/** Assigns a value. */
	@FunctionalInterface
	interface Setter {

		void set(Execution run, Env env, Object value);

	}

	/** Checks before a value is computed. */
	@FunctionalInterface
	interface Check {

		void check(Env env);

	}

}
