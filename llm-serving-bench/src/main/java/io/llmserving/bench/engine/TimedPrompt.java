package io.llmserving.bench.engine;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A prompt that is timed: so many tokens after others, which are computed before.
 */
record TimedPrompt(int tokens, int after) {

	String name() {
		return "prefill " + ((this.after == 0) ? this.tokens : "%d after %d".formatted(this.tokens, this.after));
	}

	/** Reads {@code 512} and {@code 76@1488}. */
	static final class Converter implements ITypeConverter<TimedPrompt> {

		private static final Pattern FORM = Pattern.compile("(\\d{1,7})(?:@(\\d{1,7}))?");

		@Override
		public TimedPrompt convert(String value) {
			Matcher form = FORM.matcher(value);
			if (!form.matches()) {
				throw new TypeConversionException("'%s' is neither TOKENS nor TOKENS@BEFORE".formatted(value));
			}
			String after = form.group(2);
			return new TimedPrompt(Integer.parseInt(form.group(1)), (after != null) ? Integer.parseInt(after) : 0);
		}

	}

}
