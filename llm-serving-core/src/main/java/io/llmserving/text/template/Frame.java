package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where a part of the template stands while it is compiled.
 *
 * @param symbols the meaning of names
 * @param function where its variables live
 * @param looping whether break and continue are allowed
 * @param soft whether it may stay unexecuted, so that an unknown filter is no error yet
 */
record Frame(Symbols symbols, Function function, boolean looping, boolean soft) {

	static Frame root() {
		return new Frame(new Symbols(null), new Function(null), false, false);
	}

	Frame inner() {
		return new Frame(new Symbols(this.symbols), this.function, this.looping, false);
	}

	Frame innerFunction() {
		return new Frame(new Symbols(this.symbols), new Function(this.function), false, false);
	}

	Frame softened() {
		return new Frame(this.symbols, this.function, this.looping, true);
	}

	Frame loopingInside() {
		return new Frame(this.symbols, this.function, true, this.soft);
	}

	SymbolVisitor analyze() {
		return new SymbolVisitor(this.symbols);
	}

	Function.Slot slot(String name) {
		String identifier = this.symbols.find(name);
		if (identifier == null) {
			throw new IllegalStateException("No variable " + name);
		}
		return this.function.find(identifier);
	}

	/** Makes room for the variables and returns what sets them up. */
	Entry entry() {
		Map<String, Symbols.Load> loads = this.symbols.loads();
		loads.keySet().forEach(this.function::declare);
		List<Entry> steps = new ArrayList<>();
		loads.forEach((identifier, load) -> {
			Function.Slot slot = this.function.find(identifier);
			switch (load) {
				case Symbols.Load.Parameter _ -> {
				}
				case Symbols.Load.Missing _ -> steps.add((_, env) -> slot.set(env, null));
				case Symbols.Load.Resolve resolve ->
					steps.add((run, env) -> slot.set(env, run.resolve(resolve.name())));
				case Symbols.Load.Alias alias -> {
					Function.Slot outer = this.function.find(alias.identifier());
					steps.add((_, env) -> slot.set(env, outer.get(env)));
				}
			}
		});
		Entry[] entries = steps.toArray(Entry[]::new);
		return (run, env) -> {
			for (Entry entry : entries) {
				entry.enter(run, env);
			}
		};
	}

	/** Sets up the variables of a scope. */
	@FunctionalInterface
	interface Entry {

		void enter(Execution run, Env env);

	}

}
