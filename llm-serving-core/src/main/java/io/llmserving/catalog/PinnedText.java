package io.llmserving.catalog;

import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * A source whose content may be pinned by {@code #sha256=…} at its end.
 *
 * @param text the source without the pin
 * @param checksum the pin
 */
record PinnedText(String text, @Nullable Checksum checksum) {

	private static final Pattern PIN = Pattern.compile("sha256=[0-9a-f]{64}");

	static PinnedText parse(String source) throws ModelSourceException {
		int hash = source.indexOf('#');
		if (hash < 0) {
			return new PinnedText(source, null);
		}
		String pin = source.substring(hash + 1).toLowerCase(Locale.ROOT);
		if (!PIN.matcher(pin).matches()) {
			throw new ModelSourceException(
					"%s: what follows # must be sha256= and 64 hexadecimal digits, the checksum of the file."
						.formatted(source));
		}
		return new PinnedText(source.substring(0, hash), Checksum.sha256(pin.substring("sha256=".length())));
	}

	/**
	 * Returns the text that names the content in the cache: another pin, another place.
	 */
	String key() {
		return (this.checksum != null) ? this.text + '#' + this.checksum.hex() : this.text;
	}

}
