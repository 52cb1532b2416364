package io.llmserving.text.template;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What shares one {@link Env}: gives each of its variables a slot while it is compiled.
 */
final class Function {

	private final @Nullable Function parent;

	private final Map<String, Integer> slots = new HashMap<>();

	Function(@Nullable Function parent) {
		this.parent = parent;
	}

	int declare(String identifier) {
		Integer known = this.slots.putIfAbsent(identifier, this.slots.size());
		return (known != null) ? known : this.slots.size() - 1;
	}

	Slot find(String identifier) {
		int hops = 0;
		for (Function function = this; function != null; function = function.parent) {
			Integer index = function.slots.get(identifier);
			if (index != null) {
				return new Slot(hops, index);
			}
			hops++;
		}
		throw new IllegalStateException("No variable " + identifier);
	}

	Env call(@Nullable Env parent) {
		return new Env(new @Nullable Object[this.slots.size()], parent);
	}

	/**
	 * Where a variable is.
	 *
	 * @param hops how many calls outwards
	 * @param index its index there
	 */
	record Slot(int hops, int index) {

		@Nullable Object get(Env env) {
			return env.at(this.hops).slots()[this.index];
		}

		void set(Env env, @Nullable Object value) {
			env.at(this.hops).slots()[this.index] = value;
		}

	}

}
