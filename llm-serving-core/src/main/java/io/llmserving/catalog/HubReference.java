package io.llmserving.catalog;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * What {@code hf:org/repo[@revision][/file]} names.
 *
 * @param organization a user or organization of the Hub
 * @param repository the repository's name
 * @param revision a branch, tag or commit
 * @param file a single file, {@code null} for the model's directory
 */
record HubReference(String organization, String repository, String revision, @Nullable EntryPath file) {

	private static final Pattern SYNTAX = Pattern.compile(
			"(?<org>[A-Za-z0-9][A-Za-z0-9._-]{0,95})/(?<repo>[A-Za-z0-9][A-Za-z0-9._-]{0,95})(?:@(?<rev>[A-Za-z0-9._%+-]{1,200}))?(?:/(?<file>.+))?",
			Pattern.DOTALL);

	private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

	static HubReference parse(String source) throws ModelSourceException {
		Matcher matcher = SYNTAX.matcher(source.substring("hf:".length()));
		if (!matcher.matches()) {
			throw new ModelSourceException(
					"%s is not of the form hf:organization/repository[@revision][/file], such as hf:Qwen/Qwen2.5-0.5B-Instruct@main. A slash in a revision is written %%2F."
						.formatted(source.replaceAll("\\p{Cntrl}", "?")));
		}
		String revision = (matcher.group("rev") != null) ? decode(matcher.group("rev"), source) : "main";
		String file = matcher.group("file");
		return new HubReference(matcher.group("org"), matcher.group("repo"), revision,
				(file != null) ? EntryPath.of(file, source) : null);
	}

	private static String decode(String revision, String source) throws ModelSourceException {
		try {
			String decoded = URLDecoder.decode(revision.replace("+", "%2B"), StandardCharsets.UTF_8);
			return EntryPath.of(decoded, source).text();
		}
		catch (IllegalArgumentException ex) {
			throw new ModelSourceException("%s: the revision has a broken percent escape.".formatted(source), ex);
		}
	}

	/**
	 * Returns the repository's full name.
	 */
	String id() {
		return this.organization + "/" + this.repository;
	}

	/**
	 * Returns whether the revision always means the same content.
	 */
	boolean isCommit() {
		return isCommit(this.revision);
	}

	static boolean isCommit(String text) {
		return COMMIT.matcher(text).matches();
	}

	HubReference withFile(String path) throws ModelSourceException {
		return new HubReference(this.organization, this.repository, this.revision, EntryPath.of(path, toString()));
	}

	@Override
	public String toString() {
		String at = this.revision.equals("main") ? "" : "@" + this.revision.replace("/", "%2F");
		return "hf:%s%s%s".formatted(id(), at, (this.file != null) ? "/" + this.file.text() : "");
	}

}
