package io.llmserving.bench.options;

import java.net.URI;

import io.llmserving.bench.server.Probe;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What is asked for at even times during a load.
 */
public final class ProbeOptions {

	@Option(names = "--probe", paramLabel = "URL",
			description = "Also asks for this address, such as http://127.0.0.1:8080/actuator/health/readiness, every 50 ms during the timed runs.")
	private @Nullable URI address;

	/**
	 * Begins to ask.
	 * @return null if nothing is to be asked for
	 */
	public @Nullable Probe start() {
		return (this.address != null) ? Probe.start(this.address) : null;
	}

}
