package io.llmserving.text.template;

import java.util.Iterator;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.template.Expr.Use;
import io.llmserving.text.template.Function.Slot;
import io.llmserving.text.template.Statement.Signal;

/**
 * Compiles for loops.
 */
final class LoopCompiler {

	private final Compiler compiler;

	private final ExpressionCompiler expressions;

	private final Targets targets;

	LoopCompiler(Compiler compiler, ExpressionCompiler expressions, Targets targets) {
		this.compiler = compiler;
		this.expressions = expressions;
		this.targets = targets;
	}

	Statement loop(Stmt.For loop, Frame frame) {
		new NameWalker((name) -> {
			if (name.use() == Use.STORE && name.name().equals("loop")) {
				throw Failure.syntax("Can't assign to special loop variable in for-loop target").at(name.line());
			}
		}).statement(loop);
		Filter filter = filter(loop, frame);
		Expression iterable = this.expressions.compile(loop.iterable(), frame);
		if (loop.recursive()) {
			return recursive(loop, frame, filter, iterable);
		}
		Body body = body(loop, frame.inner(), frame.inner());
		return (run, env, out) -> body.run(run, env, out, filter.filter(run, env, iterable.evaluate(run, env)), null,
				0);
	}

	private Statement recursive(Stmt.For loop, Frame frame, Filter filter, Expression iterable) {
		Frame inner = frame.innerFunction();
		Frame otherwise = new Frame(new Symbols(frame.symbols()), inner.function(), false, false);
		Body body = body(loop, inner, otherwise);
		return (run, env, out) -> {
			Recursion recursion = new Recursion() {
				@Override
				public Text render(Execution run, Object value, int depth) {
					run.enter();
					Env called = inner.function().call(env);
					TextBuilder result = new TextBuilder();
					body.run(run, called, result, filter.filter(run, env, value), this, depth);
					run.leave();
					return result.build();
				}
			};
			Text text = recursion.render(run, iterable.evaluate(run, env), 0);
			out.append(text);
			run.output(text, out);
			return Signal.DONE;
		};
	}

	private Body body(Stmt.For loop, Frame inner, Frame outerElse) {
		boolean extended = loop.recursive() || !NameWalker.undeclared(loop.body(), Set.of("loop")).isEmpty();
		if (extended) {
			inner.symbols().parameter("loop");
		}
		SymbolVisitor visitor = inner.analyze();
		visitor.parameters(loop.target());
		visitor.statements(loop.body());
		outerElse.analyze().statements(loop.otherwise());
		Frame.Entry entry = inner.entry();
		Slot loopSlot = extended ? inner.slot("loop") : null;
		Targets.Setter target = this.targets.setter(loop.target(), inner);
		Statement body = this.compiler.body(loop.body(), inner.loopingInside());
		Frame.Entry elseEntry = outerElse.entry();
		Statement otherwise = this.compiler.body(loop.otherwise(), outerElse);
		return new Body(entry, loopSlot, target, body, elseEntry, otherwise);
	}

	private Filter filter(Stmt.For loop, Frame frame) {
		if (loop.test() == null) {
			return (_, _, value) -> value;
		}
		Frame inner = frame.innerFunction();
		SymbolVisitor visitor = inner.analyze();
		visitor.parameters(loop.target());
		visitor.expression(loop.test());
		Frame.Entry entry = inner.entry();
		Targets.Setter target = this.targets.setter(loop.target(), inner);
		Expression test = this.expressions.compile(loop.test(), inner);
		return (run, env, value) -> {
			Iterator<Object> items = Iteration.of(value);
			Env called = inner.function().call(env);
			entry.enter(run, called);
			return new Generator("generator", Iteration.select(items, (item) -> {
				run.steps(1);
				target.set(run, called, item);
				return Truth.of(test.evaluate(run, called));
			}));
		};
	}

	/** Applies the loop's own condition to what it iterates over. */
	@FunctionalInterface
	private interface Filter {

		Object filter(Execution run, Env env, Object value);

	}

	/** Renders a recursive loop over other items. */
	interface Recursion {

		Text render(Execution run, Object iterable, int depth);

	}

	private record Body(Frame.Entry entry, @Nullable Slot loop, Targets.Setter target, Statement body,
			Frame.Entry elseEntry, Statement otherwise) {

		Signal run(Execution run, Env env, TextBuilder out, Object iterable, @Nullable Recursion recursion, int depth) {
			Iterator<Object> items = Iteration.of(iterable);
			LoopContext context = null;
			if (this.loop != null) {
				context = new LoopContext(iterable, items, recursion, depth);
				items = context;
			}
			boolean completed = false;
			while (items.hasNext()) {
				run.steps(1);
				Object item = items.next();
				this.target.set(run, env, item);
				if (this.loop != null) {
					this.loop.set(env, context);
				}
				this.entry.enter(run, env);
				Signal signal = this.body.execute(run, env, out);
				if (signal == Signal.BREAK) {
					break;
				}
				completed |= signal == Signal.DONE;
			}
			return completed ? Signal.DONE : otherwise(run, env, out);
		}

		private Signal otherwise(Execution run, Env env, TextBuilder out) {
			this.elseEntry.enter(run, env);
			return this.otherwise.execute(run, env, out);
		}

	}

}
