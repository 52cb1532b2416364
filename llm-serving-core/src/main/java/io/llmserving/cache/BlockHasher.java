package io.llmserving.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Makes the keys of blocks: the first half of a SHA-256 over the parent's key and a
 * block's tokens. Allocates nothing once it has seen a block size. Confined to one
 * thread.
 */
public final class BlockHasher {

	private final MessageDigest digest = sha256();

	private final byte[] hash = new byte[32];

	private final ByteBuffer words = ByteBuffer.wrap(this.hash);

	private ByteBuffer content = ByteBuffer.allocate(2 * Long.BYTES);

	/** Hashes what the content of all blocks depends on besides tokens. */
	void root(String... extras) {
		for (String extra : extras) {
			byte[] bytes = extra.getBytes(StandardCharsets.UTF_8);
			this.digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
			this.digest.update(bytes);
		}
		finish();
	}

	/** Hashes a block's tokens under its parent's key. */
	void block(long parentHigh, long parentLow, int[] tokens, int first, int count) {
		int bytes = 2 * Long.BYTES + count * Integer.BYTES;
		if (this.content.capacity() < bytes) {
			this.content = ByteBuffer.allocate(bytes);
		}
		this.content.clear().putLong(parentHigh).putLong(parentLow);
		for (int i = 0; i < count; i++) {
			this.content.putInt(tokens[first + i]);
		}
		this.digest.update(this.content.array(), 0, bytes);
		finish();
	}

	long high() {
		return this.words.getLong(0);
	}

	long low() {
		return this.words.getLong(Long.BYTES);
	}

	private void finish() {
		try {
			this.digest.digest(this.hash, 0, this.hash.length);
		}
		catch (DigestException ex) {
			throw new IllegalStateException("A SHA-256 has 32 bytes", ex);
		}
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

}
