package io.llmserving.text.template;

/**
 * Python's {@code None}.
 */
enum None {

	NONE

}
