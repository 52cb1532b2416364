package io.llmserving.text;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Finds added tokens in text: the leftmost, the longest among those that begin there. A
 * trie over UTF-16 units, so that thousands of reserved tokens cost no more than one.
 * Source: "AddedVocabulary" of Hugging Face's tokenizers. Safe for use by many threads.
 */
final class AddedTokens {

	/**
	 * Takes the text between added tokens.
	 */
	@FunctionalInterface
	interface TextConsumer {

		/**
		 * Takes a part of the text, which is not empty.
		 */
		void accept(String text, boolean atStart);

	}

	private final AddedToken[] tokens;

	private final LongMap children = new LongMap(256);

	/** Per node of the trie the token that ends there, as an index, or -1. */
	private final int[] endAt;

	AddedTokens(List<AddedToken> tokens) {
		this.tokens = tokens.stream().filter((token) -> !token.content().isEmpty()).toArray(AddedToken[]::new);
		int nodes = 1;
		int[] last = new int[this.tokens.length];
		for (int i = 0; i < this.tokens.length; i++) {
			String content = this.tokens[i].content();
			int node = 0;
			for (int at = 0; at < content.length(); at++) {
				long edge = edge(node, content.charAt(at));
				if (this.children.get(edge) == LongMap.MISSING) {
					this.children.putIfAbsent(edge, nodes++);
				}
				node = (int) this.children.get(edge);
			}
			last[i] = node;
		}
		this.endAt = new int[nodes];
		Arrays.fill(this.endAt, -1);
		for (int i = 0; i < last.length; i++) {
			this.endAt[last[i]] = i;
		}
	}

	private static long edge(int node, char character) {
		return (long) node << 16 | character;
	}

	/**
	 * Splits the text.
	 * @param trusted where special tokens are found; the others are found everywhere
	 * @param atStart whether nothing precedes the text
	 * @param ids takes the ids of added tokens
	 * @param between takes the text between them, in turn
	 */
	void split(String text, TrustedSpans trusted, boolean atStart, IntConsumer ids, TextConsumer between) {
		int last = 0;
		if (this.tokens.length > 0) {
			for (int at = 0; at < text.length();) {
				int found = longestAt(text, at, trusted);
				if (found < 0) {
					at++;
					continue;
				}
				AddedToken token = this.tokens[found];
				int end = at + token.content().length();
				if (at >= last && (!token.singleWord() || isAlone(text, at, end))) {
					int start = token.stripLeft() ? skipSpacesBackward(text, at, last) : at;
					if (start > last) {
						between.accept(text.substring(last, start), atStart && last == 0);
					}
					ids.accept(token.id());
					last = token.stripRight() ? skipSpaces(text, end) : end;
				}
				at = end;
			}
		}
		if (last < text.length()) {
			between.accept((last == 0) ? text : text.substring(last), atStart && last == 0);
		}
	}

	private int longestAt(String text, int start, TrustedSpans trusted) {
		int longest = -1;
		int node = 0;
		for (int at = start; at < text.length(); at++) {
			node = (int) this.children.get(edge(node, text.charAt(at)));
			if (node < 0) {
				break;
			}
			int token = this.endAt[node];
			if (token >= 0 && (!this.tokens[token].special() || trusted.contain(start, at + 1))) {
				longest = token;
			}
		}
		return longest;
	}

	private static boolean isAlone(String text, int start, int end) {
		return (start == 0 || !isWord(text.codePointBefore(start)))
				&& (end == text.length() || !isWord(text.codePointAt(end)));
	}

	private static boolean isWord(int codePoint) {
		return Character.isLetterOrDigit(codePoint) || codePoint == '_';
	}

	private static int skipSpaces(String text, int from) {
		int at = from;
		while (at < text.length() && isSpace(text.charAt(at))) {
			at++;
		}
		return at;
	}

	private static int skipSpacesBackward(String text, int from, int limit) {
		int at = from;
		while (at > limit && isSpace(text.charAt(at - 1))) {
			at--;
		}
		return at;
	}

	/**
	 * Returns whether Unicode calls the character white space; all of these are in the
	 * Basic Multilingual Plane.
	 */
	static boolean isSpace(char character) {
		return Character.isSpaceChar(character) || character >= '\t' && character <= '\r' || character == 0x85;
	}

}
