package io.llmserving.catalog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What the bytes of a file must add up to.
 *
 * @param algorithm the digest's name as Java has it
 * @param hex the digest in lower-case hexadecimal digits
 * @param gitBlob whether the digest covers Git's blob header ({@code blob <size>\0}) too
 */
record Checksum(String algorithm, String hex, boolean gitBlob) {

	private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

	private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");

	private static final int CHUNK = 1 << 20;

	static Checksum sha256(String hex) {
		return new Checksum("SHA-256", hex, false);
	}

	/**
	 * Reads an entity tag that holds a SHA-256, as the Hub gives for large files.
	 * @return {@code null} if the tag is something else
	 */
	static @Nullable Checksum ofEntityTag(@Nullable String tag) {
		if (tag == null) {
			return null;
		}
		String bare = tag.replace("W/", "").replace("\"", "");
		return SHA256.matcher(bare).matches() ? sha256(bare) : null;
	}

	/**
	 * Reads the identifier of a Git blob, {@code null} if it is not a SHA-1.
	 */
	static @Nullable Checksum ofGitBlob(String id) {
		return SHA1.matcher(id).matches() ? new Checksum("SHA-1", id, true) : null;
	}

	/**
	 * Computes this kind of checksum of a file.
	 */
	Checksum of(Path file) throws IOException, InterruptedException {
		MessageDigest digest = digest(this.algorithm);
		try (FileChannel channel = FileChannel.open(file)) {
			if (this.gitBlob) {
				digest.update("blob %d\0".formatted(channel.size()).getBytes(StandardCharsets.US_ASCII));
			}
			ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
			while (channel.read(buffer) >= 0) {
				digest.update(buffer.flip());
				buffer.clear();
			}
		}
		catch (ClosedByInterruptException ex) {
			throw Interrupts.clear();
		}
		return new Checksum(this.algorithm, HexFormat.of().formatHex(digest.digest()), this.gitBlob);
	}

	static String sha256Of(String text) {
		return HexFormat.of().formatHex(digest("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
	}

	static MessageDigest digest(String algorithm) {
		try {
			return MessageDigest.getInstance(algorithm);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("This Java runtime lacks " + algorithm, ex);
		}
	}

	@Override
	public String toString() {
		return "%s %s".formatted(this.algorithm, this.hex);
	}

}
