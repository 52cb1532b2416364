package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.template.Function.Slot;
import io.llmserving.text.template.Statement.Signal;
import io.llmserving.text.template.Stmt.Signature;

/**
 * Compiles macros and blocks that are handed to macros.
 */
final class MacroCompiler {

	private final Compiler compiler;

	private final ExpressionCompiler expressions;

	MacroCompiler(Compiler compiler, ExpressionCompiler expressions) {
		this.compiler = compiler;
		this.expressions = expressions;
	}

	Statement definition(Stmt.Macro macro, Frame frame) {
		MacroCode code = code(macro.name(), macro.signature(), macro.body(), frame, macro.line());
		Slot slot = frame.slot(macro.name());
		return (_, env, _) -> {
			slot.set(env, new Macro(code, env));
			return Signal.DONE;
		};
	}

	Statement callBlock(Stmt.CallBlock block, Frame frame) {
		MacroCode code = code("caller", block.signature(), block.body(), frame, block.line());
		ExpressionCompiler.CallWith call = this.expressions.callBlock(block.call(), frame);
		return (run, env, out) -> {
			Text text = Printer.text(run, call.call(run, env, new Macro(code, env)));
			out.append(text);
			run.output(text, out);
			return Signal.DONE;
		};
	}

	Statement generation(Stmt.Generation generation, Frame frame) {
		MacroCode code = code("caller", Signature.EMPTY, generation.body(), frame, generation.line());
		return (run, env, out) -> {
			Text text = new Macro(code, env).call(run, Arguments.NONE);
			out.append(text);
			run.output(text, out);
			return Signal.DONE;
		};
	}

	private MacroCode code(String name, Signature signature, List<Stmt> body, Frame outer, int line) {
		Frame frame = outer.innerFunction();
		SymbolVisitor visitor = frame.analyze();
		visitor.signature(signature);
		visitor.statements(body);
		List<String> names = signature.parameters().stream().map(Expr.Name::name).toList();
		if (Set.copyOf(names).size() != names.size()) {
			throw Failure.syntax("macro '" + name + "' names a parameter twice").at(line);
		}
		Set<String> special = NameWalker.undeclared(body, Set.of("caller", "kwargs", "varargs"));
		int explicit = names.indexOf("caller");
		boolean caller = special.contains("caller");
		if (caller && explicit >= 0 && signature.defaultOf(explicit) == null) {
			throw Failure.syntax("The special \"caller\" argument must be omitted or be given a default.").at(line);
		}
		declare(frame, "caller", caller && explicit < 0);
		declare(frame, "kwargs", special.contains("kwargs") && !names.contains("kwargs"));
		declare(frame, "varargs", special.contains("varargs") && !names.contains("varargs"));
		Frame.Entry entry = frame.entry();
		List<Slot> slots = names.stream().map(frame::slot).toList();
		List<@Nullable Expression> defaults = new ArrayList<>();
		for (int index = 0; index < names.size(); index++) {
			Expr value = signature.defaultOf(index);
			defaults.add((value != null) ? this.expressions.compile(value, frame) : null);
		}
		return new MacroCode(name, names, slots, defaults, caller, slot(frame, "caller", caller && explicit < 0),
				slot(frame, "kwargs", special.contains("kwargs") && !names.contains("kwargs")),
				slot(frame, "varargs", special.contains("varargs") && !names.contains("varargs")), frame.function(),
				entry, this.compiler.body(body, frame));
	}

	private static void declare(Frame frame, String name, boolean used) {
		if (used) {
			frame.symbols().parameter(name);
		}
	}

	private static @Nullable Slot slot(Frame frame, String name, boolean used) {
		return used ? frame.slot(name) : null;
	}

}
