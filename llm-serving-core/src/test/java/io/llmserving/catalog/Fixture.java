package io.llmserving.catalog;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * What the tests of this room share.
 */
final class Fixture {

	static final Progress IGNORED = (_, _, _) -> {
	};

	/** Waits little, so that tests need not. */
	static final Patience HASTY = new Patience(Duration.ofSeconds(5), Duration.ofSeconds(20), 4, Duration.ofMillis(1));

	static final Patience ONE_ATTEMPT = new Patience(Duration.ofSeconds(5), Duration.ofSeconds(20), 1,
			Duration.ofMillis(1));

	private Fixture() {
	}

	static byte[] bytes(int size, long seed) {
		byte[] bytes = new byte[size];
		new Random(seed).nextBytes(bytes);
		return bytes;
	}

	static String sha256(byte[] bytes) {
		return HexFormat.of().formatHex(digest("SHA-256").digest(bytes));
	}

	static MessageDigest digest(String algorithm) {
		return Checksum.digest(algorithm);
	}

	static ModelSources sources(Path cache) {
		return sources(cache, HASTY, Map.of());
	}

	/**
	 * Creates sources that know only the given variables and a home without a token.
	 */
	static ModelSources sources(Path cache, Patience patience, Map<String, String> environment) {
		return new ModelSources(cache, false, List.of(),
				new Surroundings(new HashMap<>(environment), cache.resolve("home"), patience));
	}

	static ModelSources offline(Path cache, Map<String, String> environment) {
		return new ModelSources(cache, true, List.of(),
				new Surroundings(new HashMap<>(environment), cache.resolve("home"), HASTY));
	}

}
