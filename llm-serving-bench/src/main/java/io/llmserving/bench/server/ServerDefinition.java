package io.llmserving.bench.server;

import java.util.Map;

import io.llmserving.bench.load.Target;
import org.jspecify.annotations.Nullable;

/**
 * A server and how to start it.
 *
 * @param command for a shell, null for a server that runs already
 * @param environment variables besides
 * @param body fields of each request's body besides, as JSON, null for none
 */
public record ServerDefinition(String name, Target target, @Nullable String command, Map<String, String> environment,
		@Nullable String body) {

	/**
	 * Returns the same server, started by another command.
	 */
	public ServerDefinition startedBy(String other) {
		return new ServerDefinition(this.name, this.target, other, this.environment, this.body);
	}

}
