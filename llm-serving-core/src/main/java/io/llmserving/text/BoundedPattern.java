package io.llmserving.text;

import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

import io.llmserving.api.InvalidRequestException;

/**
 * A regular expression that came with a model, and that matches texts of users. Neither
 * is trusted: matching gives up where it tracks back so often that it would never end.
 */
final class BoundedPattern {

	/** Looks at characters that any text may take, however short. */
	private static final long FREE_LOOKS = 1 << 20;

	/** Patterns that are in use need about ten for each character. */
	private static final long LOOKS_PER_CHARACTER = 1000;

	private final Pattern pattern;

	private BoundedPattern(Pattern pattern) {
		this.pattern = pattern;
	}

	/**
	 * Returns a pattern that finds a text as it is.
	 */
	static BoundedPattern literal(String text) {
		return new BoundedPattern(Pattern.compile(Pattern.quote(text)));
	}

	/**
	 * Compiles a pattern that was written for Oniguruma in its Ruby syntax, as the
	 * patterns of {@code tokenizer.json} are: classes are Unicode's, lines end at "\n"
	 * alone.
	 * @throws PatternSyntaxException if it cannot be understood
	 */
	static BoundedPattern compile(String regex) {
		String scripts = regex.replaceAll("\\\\([pP])\\{(Han|Hiragana|Katakana|Hangul|Latin|Cyrillic|Greek|Arabic|"
				+ "Hebrew|Thai|Devanagari|Bopomofo)\\}", "\\\\$1{Is$2}");
		try {
			return new BoundedPattern(Pattern.compile(scripts,
					Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE | Pattern.MULTILINE | Pattern.UNIX_LINES));
		}
		catch (StackOverflowError ex) {
			throw new PatternSyntaxException("it nests too deeply", "of %d characters".formatted(regex.length()), -1);
		}
	}

	/**
	 * Finds all matches that are not empty, in order.
	 * @throws InvalidRequestException if the pattern gives up on the text
	 */
	void find(String text, Matches matches) {
		bounded(() -> {
			Matcher matcher = this.pattern.matcher(new Counted(text));
			while (matcher.find()) {
				if (matcher.end() > matcher.start()) {
					matches.match(matcher.start(), matcher.end());
				}
			}
			return text;
		});
	}

	/**
	 * Replaces all matches by a text.
	 * @throws InvalidRequestException if the pattern gives up on the text
	 */
	String replaceAll(String text, String replacement) {
		return bounded(() -> this.pattern.matcher(new Counted(text)).replaceAll(Matcher.quoteReplacement(replacement)));
	}

	// Groups that repeat are matched by recursion, whose depth the text decides.
	private static String bounded(Supplier<String> matching) {
		try {
			return matching.get();
		}
		catch (StackOverflowError ex) {
			throw tooMuch();
		}
	}

	private static InvalidRequestException tooMuch() {
		return new InvalidRequestException(
				"The model's tokenizer cannot divide this text: its pattern tracks back without end", null, null);
	}

	/**
	 * Takes matches.
	 */
	@FunctionalInterface
	interface Matches {

		void match(int start, int end);

	}

	/**
	 * A text that counts how often it is looked at.
	 */
	private static final class Counted implements CharSequence {

		private final String text;

		private long left;

		Counted(String text) {
			this.text = text;
			this.left = FREE_LOOKS + LOOKS_PER_CHARACTER * text.length();
		}

		@Override
		public char charAt(int index) {
			if (--this.left < 0) {
				throw tooMuch();
			}
			return this.text.charAt(index);
		}

		@Override
		public int length() {
			return this.text.length();
		}

		@Override
		public CharSequence subSequence(int start, int end) {
			return this.text.substring(start, end);
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

}
