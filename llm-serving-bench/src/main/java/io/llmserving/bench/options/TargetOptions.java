package io.llmserving.bench.options;

import java.net.URI;
import java.time.Duration;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.Target;
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

	@Option(names = "--chat", description = "Ask for chat completions instead of completions.")
	private boolean chat;

	@Option(names = "--timeout", paramLabel = "SECONDS",
			description = "How long an answer may take. Default: ${DEFAULT-VALUE}", defaultValue = "600")
	private int timeout = 600;

	/**
	 * Returns the server.
	 */
	public Target target() {
		return new Target(this.url, this.model, this.key, this.chat);
	}

	/**
	 * Returns the server by other names than the options say.
	 */
	public Target target(URI otherUrl, @Nullable String otherModel) {
		return new Target(otherUrl, (otherModel != null) ? otherModel : this.model, this.key, this.chat);
	}

	/**
	 * Returns a client of a server.
	 */
	public LoadClient client(Target target) {
		return new LoadClient(target, Duration.ofSeconds(this.timeout));
	}

}
