package io.llmserving.text.template;

/**
 * A value that can be called.
 */
@FunctionalInterface
interface Callable {

	Object call(Execution run, Arguments arguments);

}
