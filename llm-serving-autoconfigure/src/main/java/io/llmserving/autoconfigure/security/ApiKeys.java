package io.llmserving.autoconfigure.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.autoconfigure.security.LlmSecurityProperties.ApiKey;

/**
 * Finds the entry of a key. Keys are long random texts, for which one round of SHA-256 is
 * enough: there is nothing to guess.
 */
final class ApiKeys {

	private final List<ApiKey> keys;

	private final byte[][] hashes;

	ApiKeys(List<ApiKey> keys) {
		this.keys = List.copyOf(keys);
		this.hashes = keys.stream()
			.map((key) -> HexFormat.of().parseHex(key.hash().substring("{sha256}".length())))
			.toArray(byte[][]::new);
	}

	/**
	 * Returns the entry of a key, null if there is none. Compares with every hash, each
	 * to its end, so that the time it takes tells nothing.
	 */
	@Nullable ApiKey find(String key) {
		byte[] hash = sha256(key);
		int found = -1;
		for (int i = 0; i < this.hashes.length; i++) {
			found = MessageDigest.isEqual(this.hashes[i], hash) ? i : found;
		}
		return (found >= 0) ? this.keys.get(found) : null;
	}

	private static byte[] sha256(String key) {
		try {
			return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
