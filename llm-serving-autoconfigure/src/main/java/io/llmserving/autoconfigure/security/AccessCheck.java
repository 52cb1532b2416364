package io.llmserving.autoconfigure.security;

import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

/**
 * How the endpoints are protected; made only if all that is configured can be had.
 *
 * @param closed whether callers have to say who they are
 * @param secured whether the application has Spring Security
 */
record AccessCheck(boolean closed, boolean secured) {

	private static final String SECURITY = "org.springframework.security.config.web.server.ServerHttpSecurity";

	private static final String RESOURCE_SERVER = "org.springframework.security.oauth2.server.resource.authentication.JwtReactiveAuthenticationManager";

	private static final String LIMITS = "io.github.resilience4j.";

	private static final String BOOT = "org.springframework.boot:spring-boot-starter-security";

	/**
	 * Checks what is configured against what is there.
	 * @throws MissingLibraryException if a library is missing without which the endpoints
	 * would be more open than configured
	 */
	static AccessCheck of(AccessSettings settings, @Nullable ClassLoader loader) {
		boolean secured = ClassUtils.isPresent(SECURITY, loader);
		if (settings.closed() && !secured) {
			throw new MissingLibraryException(settings.why(), BOOT, "the endpoints would be open to everybody");
		}
		if (settings.issuer() && !ClassUtils.isPresent(RESOURCE_SERVER, loader)) {
			throw new MissingLibraryException(AccessSettings.ISSUER + " is set", BOOT + "-oauth2-resource-server",
					"no token could be checked");
		}
		String limits = settings.limits();
		if (limits != null) {
			require(limits, "ratelimiter.RateLimiter", "ratelimiter", loader);
			require(limits, "bulkhead.Bulkhead", "bulkhead", loader);
		}
		return new AccessCheck(settings.closed(), secured);
	}

	private static void require(String property, String type, String artifact, @Nullable ClassLoader loader) {
		if (!ClassUtils.isPresent(LIMITS + type, loader)) {
			throw new MissingLibraryException(property + " with limits is set",
					"io.github.resilience4j:resilience4j-" + artifact, "no limit would hold");
		}
	}

}
