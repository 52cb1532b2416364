package io.llmserving.text.template;

/**
 * What one rendering may use.
 *
 * @param steps evaluated nodes and visited items; copying 32 characters counts as one
 * @param depth nested calls of macros and recursive loops
 * @param characters the longest string, in UTF-16 units
 */
record Limits(long steps, int depth, int characters) {

	/**
	 * A few seconds of work, and eight times the text that fills a context of a million
	 * tokens.
	 */
	static final Limits DEFAULT = new Limits(50_000_000, 150, 1 << 25);

}
