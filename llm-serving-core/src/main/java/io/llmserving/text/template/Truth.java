package io.llmserving.text.template;

/**
 * Python's truth of values.
 */
final class Truth {

	private Truth() {
	}

	static boolean of(Object value) {
		return switch (value) {
			case Boolean bool -> bool;
			case Text text -> !text.isEmpty();
			case None _, Undefined _ -> false;
			case Long number -> number != 0;
			case Double number -> number != 0;
			case LoopContext loop -> loop.length() > 0;
			default -> Iteration.length(value) != 0;
		};
	}

}
