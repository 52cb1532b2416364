package io.llmserving.autoconfigure.security;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * Who may use the endpoints.
 *
 * @param unauthenticated What holds while there are neither API keys nor an issuer: the
 * application's own security, or that everybody is refused.
 * @param apiKeys Keys that callers send as bearer tokens; each has an id, a hash, and
 * optionally models, scopes, requests-per-minute and concurrency.
 * @param jwt Tokens of an issuer.
 * @param cors Browsers' pages of other origins.
 */
@ConfigurationProperties("llm.serving.security")
public record LlmSecurityProperties(@DefaultValue("follow-application") Unauthenticated unauthenticated,
		@DefaultValue List<ApiKey> apiKeys, @DefaultValue Jwt jwt, @DefaultValue Cors cors) {

	public LlmSecurityProperties {
		long ids = apiKeys.stream().map(ApiKey::id).distinct().count();
		Assert.isTrue(ids == apiKeys.size(), "two API keys have the same id");
	}

	/**
	 * What holds while there are neither API keys nor an issuer.
	 */
	public enum Unauthenticated {

		/** Whatever the application's own security says. */
		FOLLOW_APPLICATION,

		/** Everybody is refused. */
		DENY

	}

	/**
	 * A key and what its bearer may do.
	 *
	 * @param id Name of the bearer, for logs and limits.
	 * @param hash SHA-256 of the key: {sha256} and 64 hexadecimal digits.
	 * @param models Models and routes that the bearer may use; all if empty.
	 * @param scopes What the bearer may do.
	 * @param requestsPerMinute Most requests of the bearer in a minute.
	 * @param concurrency Most requests of the bearer at once.
	 */
	public record ApiKey(String id, String hash, @DefaultValue List<String> models,
			@DefaultValue("inference") List<String> scopes, @Nullable Integer requestsPerMinute,
			@Nullable Integer concurrency) {

		private static final Pattern HASH = Pattern.compile("\\{sha256}[0-9a-fA-F]{64}");

		private static final Pattern ID = Pattern.compile("[A-Za-z0-9._@-]{1,100}");

		public ApiKey {
			Assert.isTrue(ID.matcher(String.valueOf(id)).matches(),
					"the id of an API key has 1 to 100 letters, digits or . _ @ -");
			// The value is not shown: it may be the key itself.
			Assert.isTrue(HASH.matcher(String.valueOf(hash)).matches(),
					() -> "the hash of API key '%s' is not {sha256} and 64 hexadecimal digits; make it with: printf %%s KEY | sha256sum"
						.formatted(id));
			Assert.isTrue(requestsPerMinute == null || requestsPerMinute > 0,
					() -> "requests-per-minute of API key '%s' is %d; it must be at least 1".formatted(id,
							requestsPerMinute));
			Assert.isTrue(concurrency == null || concurrency > 0,
					() -> "concurrency of API key '%s' is %d; it must be at least 1".formatted(id, concurrency));
		}

		@Override
		public String toString() {
			return "ApiKey[%s]".formatted(this.id);
		}

	}

	/**
	 * Tokens of an issuer.
	 *
	 * @param modelsClaim Claim of a token that lists the models and routes its bearer may
	 * use; without it all.
	 * @param tenantClaim Claim of a token that names the caller whose limits and cached
	 * prefixes they are.
	 * @param requestsPerMinute Most requests of each caller in a minute.
	 * @param concurrency Most requests of each caller at once.
	 */
	public record Jwt(@Nullable String modelsClaim, @DefaultValue("sub") String tenantClaim,
			@Nullable Integer requestsPerMinute, @Nullable Integer concurrency) {

		public Jwt {
			Assert.isTrue(requestsPerMinute == null || requestsPerMinute > 0,
					() -> "requests-per-minute of tokens is %d; it must be at least 1".formatted(requestsPerMinute));
			Assert.isTrue(concurrency == null || concurrency > 0,
					() -> "concurrency of tokens is %d; it must be at least 1".formatted(concurrency));
		}

	}

	/**
	 * Browsers' pages of other origins.
	 *
	 * @param allowedOrigins Comma-separated list of origins whose pages may call the
	 * endpoints.
	 * @param maxAge How long a browser remembers what it was told.
	 */
	public record Cors(@DefaultValue List<String> allowedOrigins, @DefaultValue("30m") Duration maxAge) {
	}

}
