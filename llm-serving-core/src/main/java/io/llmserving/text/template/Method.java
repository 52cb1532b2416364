package io.llmserving.text.template;

/**
 * A method bound to its object.
 *
 * @param name the method's name
 * @param body what it does
 */
record Method(String name, Callable body) implements Callable {

	@Override
	public Object call(Execution run, Arguments arguments) {
		return this.body.call(run, arguments);
	}

}
