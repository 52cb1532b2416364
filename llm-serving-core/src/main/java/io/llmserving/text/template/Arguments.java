package io.llmserving.text.template;

import java.util.List;
import java.util.Map;

/**
 * What a call passes.
 *
 * @param positional arguments by position
 * @param named arguments by name, in the order of the call
 */
record Arguments(List<Object> positional, Map<String, Object> named) {

	static final Arguments NONE = new Arguments(List.of(), Map.of());

	static Arguments of(Object... positional) {
		return new Arguments(List.of(positional), Map.of());
	}

	Arguments withoutFirst(int count) {
		return new Arguments(this.positional.subList(count, this.positional.size()), this.named);
	}

}
