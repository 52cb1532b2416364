package io.llmserving.text;

/**
 * A token that is found in text as it is written, before any other tokenization.
 *
 * @param id the token's id
 * @param content its text
 * @param special whether it is special, so that user text must not produce it
 * @param singleWord whether it counts only where no word character adjoins
 * @param stripLeft whether it swallows white space before it
 * @param stripRight whether it swallows white space after it
 */
record AddedToken(int id, String content, boolean special, boolean singleWord, boolean stripLeft, boolean stripRight) {

	static AddedToken of(int id, String content, boolean special) {
		return new AddedToken(id, content, special, false, false, false);
	}

}
