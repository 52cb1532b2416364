package io.llmserving.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys of one sequence's full blocks, each chained to the one before. One thread at a
 * time.
 */
public final class BlockKeys {

	private final MessageDigest digest = sha256();

	private final List<BlockKey> keys = new ArrayList<>();

	private final int blockSize;

	private BlockKey parent;

	/**
	 * @param extras what the content depends on besides tokens: revision of the weights,
	 * type of the cache, salt
	 */
	public BlockKeys(int blockSize, String... extras) {
		this.blockSize = blockSize;
		for (String extra : extras) {
			byte[] bytes = extra.getBytes(StandardCharsets.UTF_8);
			this.digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
			this.digest.update(bytes);
		}
		this.parent = key();
	}

	/**
	 * Adds the keys of all blocks that these tokens fill.
	 */
	public void extend(int[] tokens, int length) {
		while ((this.keys.size() + 1) * this.blockSize <= length) {
			ByteBuffer content = ByteBuffer.allocate(2 * Long.BYTES + this.blockSize * Integer.BYTES);
			content.putLong(this.parent.high()).putLong(this.parent.low());
			int first = this.keys.size() * this.blockSize;
			for (int i = 0; i < this.blockSize; i++) {
				content.putInt(tokens[first + i]);
			}
			this.digest.update(content.flip());
			this.parent = key();
			this.keys.add(this.parent);
		}
	}

	/** Returns how many keys there are. */
	public int size() {
		return this.keys.size();
	}

	/** Returns the key of a block by its column in the table. */
	public BlockKey get(int column) {
		return this.keys.get(column);
	}

	private BlockKey key() {
		ByteBuffer hash = ByteBuffer.wrap(this.digest.digest());
		return new BlockKey(hash.getLong(), hash.getLong());
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
