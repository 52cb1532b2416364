package io.llmserving.text.template;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.template.Function.Slot;

/**
 * A compiled macro.
 *
 * @param name its name
 * @param parameters its parameters
 * @param slots their variables
 * @param defaults their defaults, null for a parameter without one
 * @param takesCaller whether it uses the block that calls it
 * @param caller the variable of that block, if it is not among the parameters
 * @param named the variable of further named arguments, if it is used
 * @param positional the variable of further positional arguments, if it is used
 * @param function its variables
 * @param entry what sets them up
 * @param body its statements
 */
record MacroCode(String name, List<String> parameters, List<Slot> slots, List<@Nullable Expression> defaults,
		boolean takesCaller, @Nullable Slot caller, @Nullable Slot named, @Nullable Slot positional, Function function,
		Frame.Entry entry, Statement body) {
}
