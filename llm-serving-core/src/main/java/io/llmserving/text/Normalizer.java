package io.llmserving.text;

import java.util.List;

import io.llmserving.api.InvalidRequestException;

/**
 * Rewrites text before it is cut into pieces.
 */
@FunctionalInterface
interface Normalizer {

	/** Leaves the text alone. */
	Normalizer NONE = (text) -> text;

	/** What a text may grow by; forms of Unicode make 18 characters of one at most. */
	long MOST_GROWTH = 18;

	String apply(String text);

	/**
	 * Returns a normalizer that applies these one after another. Texts may grow, but not
	 * with each step by a factor.
	 */
	static Normalizer sequence(List<Normalizer> steps) {
		return steps.stream()
			.reduce(NONE, (first, second) -> (first == NONE) ? second
					: (text) -> grown(text, second.apply(grown(text, first.apply(text)))));
	}

	private static String grown(String text, String result) {
		if (result.length() > MOST_GROWTH * text.length() + MOST_GROWTH) {
			throw new InvalidRequestException("The model's tokenizer makes %d characters of a text of %d"
				.formatted(result.length(), text.length()), null, null);
		}
		return result;
	}

	static Normalizer replace(String from, String to) {
		return (text) -> text.replace(from, to);
	}

	static Normalizer prepend(String prefix) {
		return (text) -> text.isEmpty() ? text : prefix + text;
	}

	static Normalizer unicode(java.text.Normalizer.Form form) {
		return (text) -> java.text.Normalizer.isNormalized(text, form) ? text
				: java.text.Normalizer.normalize(text, form);
	}

}
