package io.llmserving.bench.options;

import java.net.URI;
import java.util.Map;

import io.llmserving.bench.server.ServerDefinition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * One of several servers; each {@code --server} begins a new one.
 */
public final class ServerOptions {

	@Option(names = "--server", paramLabel = "NAME", required = true,
			description = "Begins a server; the first one's figures are the numerators of ratios.")
	private String name = "";

	@Option(names = "--at", paramLabel = "URL", required = true, description = "Its base URL.")
	private URI url = URI.create("http://127.0.0.1:8080/v1");

	@Option(names = "--run", paramLabel = "COMMAND",
			description = "Command line that starts it, in the foreground; left out: it runs already.")
	private @Nullable String command;

	@Option(names = "--name-of-model", paramLabel = "NAME", description = "The model's name there instead of --model.")
	private @Nullable String model;

	@Option(names = "--fields", paramLabel = "JSON", description = "Fields of its requests' bodies instead of --body.")
	private @Nullable String body;

	/**
	 * Returns the server.
	 */
	public ServerDefinition definition(TargetOptions target) {
		return new ServerDefinition(this.name, target.target(this.url, this.model), this.command, Map.of(), this.body);
	}

}
