package io.llmserving.text.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A macro together with the variables of the place where it was defined.
 *
 * @param code what it does
 * @param env those variables
 */
record Macro(MacroCode code, Env env) implements Callable {

	@Override
	public Text call(Execution run, Arguments arguments) {
		run.enter();
		Env called = this.code.function().call(this.env);
		bind(called, arguments);
		this.code.entry().enter(run, called);
		for (int index = 0; index < this.code.slots().size(); index++) {
			if (this.code.slots().get(index).get(called) == null) {
				Expression value = this.code.defaults().get(index);
				this.code.slots()
					.get(index)
					.set(called, (value != null) ? value.evaluate(run, called) : missing(index));
			}
		}
		TextBuilder out = new TextBuilder();
		this.code.body().execute(run, called, out);
		run.leave();
		return out.build();
	}

	private Undefined missing(int index) {
		return new Undefined("parameter '" + this.code.parameters().get(index) + "' was not provided");
	}

	private void bind(Env called, Arguments arguments) {
		List<Object> positional = arguments.positional();
		Map<String, Object> named = new LinkedHashMap<>(arguments.named());
		int count = this.code.parameters().size();
		for (int index = 0; index < count; index++) {
			Object value = (index < positional.size()) ? positional.get(index)
					: named.remove(this.code.parameters().get(index));
			this.code.slots().get(index).set(called, value);
		}
		if (this.code.caller() != null) {
			Object caller = named.remove("caller");
			this.code.caller()
				.set(called, (caller != null && caller != None.NONE) ? caller : new Undefined("No caller defined"));
		}
		if (this.code.named() != null) {
			Dict rest = new Dict();
			named.forEach((name, value) -> rest.put(Text.of(name, false), value));
			this.code.named().set(called, rest);
		}
		else if (!named.isEmpty()) {
			throw Failure.runtime("macro '" + this.code.name() + "' takes no keyword argument '"
					+ named.keySet().iterator().next() + "'");
		}
		if (this.code.positional() != null) {
			this.code.positional()
				.set(called, new Tuple(positional.subList(Math.min(count, positional.size()), positional.size())));
		}
		else if (positional.size() > count) {
			throw Failure.runtime("macro '" + this.code.name() + "' takes not more than " + count + " argument(s)");
		}
	}

}
