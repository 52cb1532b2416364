package io.llmserving.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * What {@code pypi:distribution==version!/path[#sha256=…]} names.
 *
 * @param distribution the distribution's name, normalized as PEP 503 has it
 * @param version its exact version
 * @param path a file inside its wheel
 * @param checksum the file's checksum where the source carries one
 */
record PypiReference(String distribution, String version, EntryPath path, @Nullable Checksum checksum) {

	/** A version may hold an exclamation mark (an epoch), but none before a slash. */
	private static final Pattern SYNTAX = Pattern.compile(
			"(?<dist>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==(?<version>(?:\\d+!)?[A-Za-z0-9](?:[A-Za-z0-9.+_-]*[A-Za-z0-9])?)!/(?<path>.+)",
			Pattern.DOTALL);

	static PypiReference parse(String source) throws ModelSourceException {
		PinnedText pinned = PinnedText.parse(source);
		Matcher matcher = SYNTAX.matcher(pinned.text().substring("pypi:".length()));
		if (!matcher.matches()) {
			throw new ModelSourceException(
					"%s is not of the form pypi:distribution==version!/path/in/the/wheel[#sha256=…], such as pypi:some-model==1.0!/some_model/model.gguf."
						.formatted(source.replaceAll("\\p{Cntrl}", "?")));
		}
		String distribution = matcher.group("dist").replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
		return new PypiReference(distribution, matcher.group("version"), EntryPath.of(matcher.group("path"), source),
				pinned.checksum());
	}

	/**
	 * Returns the requirement as package clients take it.
	 */
	String requirement() {
		return this.distribution + "==" + this.version;
	}

	/**
	 * Returns the file's place in the cache; a pinned file is not the unpinned one.
	 */
	List<String> place() {
		String pin = (this.checksum != null) ? "-" + this.checksum.hex().substring(0, 16) : "";
		List<String> place = new ArrayList<>(List.of(this.distribution, this.version + pin));
		place.addAll(this.path.segments());
		return place;
	}

	@Override
	public String toString() {
		return "pypi:%s!/%s".formatted(requirement(), this.path.text());
	}

}
