package io.llmserving.text.template;

/**
 * The only object that a template can change: assigned attributes outlive the scope of a
 * loop.
 *
 * @param attributes its attributes
 */
record Namespace(Dict attributes) {

	static Object create(Execution run, Arguments arguments) {
		return new Namespace(Globals.dictionary("namespace", arguments));
	}

}
