package io.llmserving.test;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Properties of API keys, made from the keys themselves.
 */
final class ApiKeyFixture {

	private final List<String> properties = new ArrayList<>();

	private int keys;

	/** Adds a key with further values such as {@code models=echo}. */
	ApiKeyFixture key(String id, String key, String... values) {
		String prefix = "llm.serving.security.api-keys[%d].".formatted(this.keys++);
		this.properties.add(prefix + "id=" + id);
		this.properties.add(prefix + "hash=" + hash(key));
		for (String value : values) {
			this.properties.add(prefix + value);
		}
		return this;
	}

	/** Adds other properties. */
	ApiKeyFixture with(String... others) {
		this.properties.addAll(List.of(others));
		return this;
	}

	String[] properties() {
		return this.properties.toArray(String[]::new);
	}

	static String hash(String key) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
			return "{sha256}" + HexFormat.of().formatHex(hash);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
