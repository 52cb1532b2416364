package io.llmserving.text.template;

/**
 * A compiled statement.
 */
@FunctionalInterface
interface Statement {

	Signal execute(Execution run, Env env, TextBuilder out);

	/** How a statement ended. */
	enum Signal {

		DONE, BREAK, CONTINUE

	}

}
