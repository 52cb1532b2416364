package io.llmserving.autoconfigure.security;

import java.util.List;

import org.junit.jupiter.api.Test;

import io.llmserving.autoconfigure.security.LlmSecurityProperties.ApiKey;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Keys by their hashes. The hashes were made with {@code sha256sum}.
 */
class ApiKeysTests {

	/** Of {@code sk-first}. */
	private static final String FIRST = "{sha256}2a19f16bb2586edf26ab5186503c69b4b6e37edcd08ab5c98c97f5320c5ed5c5";

	/** Of {@code schlüssel}, in UTF-8. */
	private static final String SECOND = "{sha256}ccec7a8e3e039f0b6b308a81f438e1d07a59c8c896b4f237d10c3eecb8375ef7";

	private final ApiKeys keys = new ApiKeys(List.of(key("a", FIRST), key("b", SECOND)));

	private static ApiKey key(String id, String hash) {
		return new ApiKey(id, hash, List.of(), List.of("inference"), null, null);
	}

	@Test
	void aKeyIsFoundByTheHashOfItsBytesInUtf8() {
		assertThat(this.keys.find("sk-first")).extracting(ApiKey::id).isEqualTo("a");
		assertThat(this.keys.find("schlüssel")).extracting(ApiKey::id).isEqualTo("b");
	}

	@Test
	void anythingElseIsNoKey() {
		for (String other : new String[] { "", "sk-firs", "sk-first ", "SK-FIRST", FIRST,
				FIRST.substring("{sha256}".length()) }) {
			assertThat(this.keys.find(other)).as(other).isNull();
		}
	}

	@Test
	void aKeyNeverShowsItsHash() {
		assertThat(key("a", FIRST)).hasToString("ApiKey[a]");
	}

}
