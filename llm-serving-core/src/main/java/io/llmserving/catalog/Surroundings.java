package io.llmserving.catalog;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What resolvers take from the machine they run on.
 *
 * @param environment the environment variables
 * @param home the user's home directory
 * @param patience how long transfers wait
 */
record Surroundings(Map<String, String> environment, Path home, Patience patience) {

	private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");

	static Surroundings ofThisProcess() {
		return new Surroundings(System.getenv(), Path.of(System.getProperty("user.home", ".")), Patience.DEFAULT);
	}

	/**
	 * Returns the variable's trimmed value, {@code null} if it is unset or blank.
	 */
	@Nullable String variable(String name) {
		String value = this.environment.get(name);
		return (value == null || value.isBlank()) ? null : value.strip();
	}

	boolean flag(String name) {
		String value = variable(name);
		return value != null && TRUE.contains(value.toLowerCase(Locale.ROOT));
	}

}
