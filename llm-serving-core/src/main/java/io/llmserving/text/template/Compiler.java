package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.text.template.Statement.Signal;

/**
 * Turns statements into something that can be executed.
 */
final class Compiler {

	private final ExpressionCompiler expressions = new ExpressionCompiler();

	private final Targets targets = new Targets();

	private final LoopCompiler loops = new LoopCompiler(this, this.expressions, this.targets);

	private final MacroCompiler macros = new MacroCompiler(this, this.expressions);

	/** Compiles a template; the result is executed in an env of the returned function. */
	static Program compile(List<Stmt> template) {
		Frame frame = Frame.root();
		frame.analyze().statements(template);
		Frame.Entry entry = frame.entry();
		Statement body = new Compiler().body(template, frame);
		return new Program(frame.function(), entry, body);
	}

	Statement body(List<Stmt> statements, Frame frame) {
		List<Statement> compiled = new ArrayList<>(statements.size());
		for (Stmt statement : statements) {
			compiled.add(statement(statement, frame));
		}
		Statement[] body = compiled.toArray(Statement[]::new);
		return (run, env, out) -> {
			for (Statement statement : body) {
				Signal signal = statement.execute(run, env, out);
				if (signal != Signal.DONE) {
					return signal;
				}
			}
			return Signal.DONE;
		};
	}

	private Statement statement(Stmt statement, Frame frame) {
		Statement compiled = switch (statement) {
			case Stmt.Data data -> data(Text.trusted(data.text()));
			case Stmt.Print print -> print(print, frame);
			case Stmt.If branch -> branch(branch, frame.softened());
			case Stmt.For loop -> this.loops.loop(loop, frame);
			case Stmt.Assign assign -> assign(assign, frame);
			case Stmt.AssignBlock assign -> assignBlock(assign, frame);
			case Stmt.With with -> with(with, frame);
			case Stmt.Macro macro -> this.macros.definition(macro, frame);
			case Stmt.CallBlock block -> this.macros.callBlock(block, frame);
			case Stmt.Generation generation -> this.macros.generation(generation, frame);
			case Stmt.FilterBlock block -> filterBlock(block, frame);
			case Stmt.Break control -> control(Signal.BREAK, frame, control.line());
			case Stmt.Continue control -> control(Signal.CONTINUE, frame, control.line());
		};
		int line = statement.line();
		return (run, env, out) -> {
			run.line(line);
			run.steps(1);
			return compiled.execute(run, env, out);
		};
	}

	private static Statement data(Text text) {
		return (run, _, out) -> {
			out.append(text);
			run.output(text, out);
			return Signal.DONE;
		};
	}

	private Statement print(Stmt.Print print, Frame frame) {
		Expression value = this.expressions.compile(print.value(), frame);
		return (run, env, out) -> {
			Text text = Printer.text(run, value.evaluate(run, env));
			out.append(text);
			run.output(text, out);
			return Signal.DONE;
		};
	}

	private Statement branch(Stmt.If branch, Frame frame) {
		int count = branch.tests().size();
		Expression[] tests = new Expression[count];
		Statement[] bodies = new Statement[count];
		for (int index = 0; index < count; index++) {
			tests[index] = this.expressions.compile(branch.tests().get(index), frame);
			bodies[index] = body(branch.bodies().get(index), frame);
		}
		Statement otherwise = body(branch.otherwise(), frame);
		return (run, env, out) -> {
			for (int index = 0; index < count; index++) {
				if (Truth.of(tests[index].evaluate(run, env))) {
					return bodies[index].execute(run, env, out);
				}
			}
			return otherwise.execute(run, env, out);
		};
	}

	private Statement assign(Stmt.Assign assign, Frame frame) {
		Targets.Check check = this.targets.namespaces(assign.target(), frame);
		Expression value = this.expressions.compile(assign.value(), frame);
		Targets.Setter setter = this.targets.setter(assign.target(), frame);
		return (run, env, _) -> {
			check.check(env);
			setter.set(run, env, value.evaluate(run, env));
			return Signal.DONE;
		};
	}

	private Statement assignBlock(Stmt.AssignBlock assign, Frame frame) {
		Frame inner = frame.inner();
		inner.analyze().statements(assign.body());
		if (assign.filter() != null) {
			inner.analyze().expression(assign.filter());
		}
		Frame.Entry entry = inner.entry();
		Statement body = body(assign.body(), inner);
		ExpressionCompiler.Chain filter = this.expressions.chain(assign.filter(), inner);
		Targets.Check check = this.targets.namespaces(assign.target(), frame);
		Targets.Setter setter = this.targets.setter(assign.target(), frame);
		return (run, env, _) -> {
			entry.enter(run, env);
			TextBuilder block = new TextBuilder();
			Signal signal = body.execute(run, env, block);
			if (signal == Signal.DONE) {
				check.check(env);
				setter.set(run, env, filter.apply(run, env, block.build()));
			}
			return signal;
		};
	}

	private Statement with(Stmt.With with, Frame frame) {
		Frame inner = frame.inner();
		SymbolVisitor visitor = inner.analyze();
		with.targets().forEach(visitor::parameters);
		visitor.statements(with.body());
		Frame.Entry entry = inner.entry();
		int count = with.targets().size();
		Targets.Setter[] setters = new Targets.Setter[count];
		Expression[] values = new Expression[count];
		for (int index = 0; index < count; index++) {
			setters[index] = this.targets.setter(with.targets().get(index), inner);
			values[index] = this.expressions.compile(with.values().get(index), frame);
		}
		Statement body = body(with.body(), inner);
		return (run, env, out) -> {
			entry.enter(run, env);
			for (int index = 0; index < count; index++) {
				setters[index].set(run, env, values[index].evaluate(run, env));
			}
			return body.execute(run, env, out);
		};
	}

	private Statement filterBlock(Stmt.FilterBlock block, Frame frame) {
		Frame inner = frame.inner();
		inner.analyze().statements(block.body());
		inner.analyze().expression(block.filter());
		Frame.Entry entry = inner.entry();
		Statement body = body(block.body(), inner);
		ExpressionCompiler.Chain filter = this.expressions.chain(block.filter(), inner);
		return (run, env, out) -> {
			entry.enter(run, env);
			TextBuilder content = new TextBuilder();
			Signal signal = body.execute(run, env, content);
			if (signal == Signal.DONE) {
				Text text = Printer.text(run, filter.apply(run, env, content.build()));
				out.append(text);
				run.output(text, out);
			}
			return signal;
		};
	}

	private static Statement control(Signal signal, Frame frame, int line) {
		if (!frame.looping()) {
			throw Failure.syntax("break or continue outside of a loop").at(line);
		}
		return (_, _, _) -> signal;
	}

}
