package io.llmserving.text.template;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The parameter list of a built-in function.
 */
final class Parameters {

	private final String function;

	private final int required;

	private final List<String> names;

	Parameters(String function, int required, String... names) {
		this.function = function;
		this.required = required;
		this.names = List.of(names);
	}

	/**
	 * Returns one value per parameter, null for an optional one that is not given.
	 */
	@Nullable Object[] bind(Arguments arguments) {
		List<Object> positional = arguments.positional();
		if (positional.size() > this.names.size()) {
			throw Failure.runtime(this.function + "() takes at most " + this.names.size() + " arguments, "
					+ positional.size() + " given");
		}
		@Nullable Object[] bound = new @Nullable Object[this.names.size()];
		for (int index = 0; index < positional.size(); index++) {
			bound[index] = positional.get(index);
		}
		for (Map.Entry<String, Object> entry : arguments.named().entrySet()) {
			int index = this.names.indexOf(entry.getKey());
			if (index < 0 || bound[index] != null) {
				throw Failure.runtime(this.function + "() got an unexpected argument '" + entry.getKey() + "'");
			}
			bound[index] = entry.getValue();
		}
		for (int index = 0; index < this.required; index++) {
			if (bound[index] == null) {
				throw Failure.runtime(this.function + "() misses its argument '" + this.names.get(index) + "'");
			}
		}
		return bound;
	}

	/**
	 * As {@link #bind}, for functions that take no arguments by name. Returns the given
	 * arguments alone.
	 */
	Object[] bindPositional(Arguments arguments) {
		if (!arguments.named().isEmpty()) {
			throw Failure.runtime(this.function + "() takes no keyword arguments");
		}
		bind(arguments);
		return arguments.positional().toArray();
	}

}
