package io.llmserving.bench.options;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.server.ServerDefinition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Which server is measured, and how it is asked.
 */
public final class TargetOptions {

	@Option(names = "--url", paramLabel = "URL", description = "The server's base URL. Default: ${DEFAULT-VALUE}",
			defaultValue = "http://127.0.0.1:8080/v1")
	private URI url = URI.create("http://127.0.0.1:8080/v1");

	@Option(names = "--model", paramLabel = "NAME",
			description = "The model's name there; left out: the server's default.")
	private @Nullable String model;

	@Option(names = "--key", paramLabel = "KEY", description = "API key.")
	private @Nullable String key;

	@Option(names = "--header", paramLabel = "NAME=VALUE",
			description = "A further header of every request, such as X-First-Token-Timeout=1.")
	private Map<String, String> headers = Map.of();

	@Option(names = "--chat", description = "Ask for chat completions instead of completions.")
	private boolean chat;

	@Option(names = "--start", paramLabel = "COMMAND",
			description = "Command line that starts the server, in the foreground; left out: it runs already.")
	private @Nullable String command;

	@Option(names = "--start-up", paramLabel = "SECONDS",
			description = "How long a server may take until it answers. Default: ${DEFAULT-VALUE}",
			defaultValue = "300")
	private int startUp = 300;

	@Option(names = "--timeout", paramLabel = "SECONDS",
			description = "How long an answer may take. Default: ${DEFAULT-VALUE}", defaultValue = "600")
	private int timeout = 600;

	/**
	 * Returns the server.
	 */
	public Target target() {
		return new Target(this.url, this.model, this.key, this.chat, this.headers);
	}

	/**
	 * Returns the server by other names than the options say.
	 */
	public Target target(URI otherUrl, @Nullable String otherModel) {
		return new Target(otherUrl, (otherModel != null) ? otherModel : this.model, this.key, this.chat, this.headers);
	}

	/**
	 * Starts the server, if there is a command for it.
	 * @return null if it runs already
	 */
	public @Nullable RunningServer start(Target target) throws IOException, InterruptedException {
		return (this.command != null) ? start(definition(target)) : null;
	}

	/**
	 * Returns the server and how it is started.
	 */
	public ServerDefinition definition(Target target) {
		return new ServerDefinition("server", target, this.command, Map.of(), null);
	}

	/**
	 * Starts a server and waits until it answers.
	 */
	public RunningServer start(ServerDefinition server) throws IOException, InterruptedException {
		return RunningServer.start(server, Duration.ofSeconds(this.startUp));
	}

	/**
	 * Returns a client of a server, compiled by the JVM already.
	 */
	public LoadClient client(Target target) throws InterruptedException {
		return LoadClient.warm(target, Duration.ofSeconds(this.timeout));
	}

}
