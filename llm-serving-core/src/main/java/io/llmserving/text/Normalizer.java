package io.llmserving.text;

import java.util.List;

/**
 * Rewrites text before it is cut into pieces.
 */
@FunctionalInterface
interface Normalizer {

	/** Leaves the text alone. */
	Normalizer NONE = (text) -> text;

	String apply(String text);

	static Normalizer sequence(List<Normalizer> steps) {
		return steps.stream()
			.reduce(NONE, (first, second) -> (first == NONE) ? second : (text) -> second.apply(first.apply(text)));
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
