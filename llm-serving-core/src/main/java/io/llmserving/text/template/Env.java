package io.llmserving.text.template;

import org.jspecify.annotations.Nullable;

/**
 * The variables of one call: of the template as a whole, of a macro, or of a recursive
 * loop. A variable without a value is null.
 *
 * @param slots the values
 * @param parent the variables of the call in which the callee was defined
 */
record Env(@Nullable Object[] slots, @Nullable Env parent) {

	Env at(int hops) {
		Env env = this;
		for (int hop = 0; hop < hops && env.parent != null; hop++) {
			env = env.parent;
		}
		return env;
	}

}
