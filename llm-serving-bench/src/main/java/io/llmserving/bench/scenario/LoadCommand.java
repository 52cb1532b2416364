package io.llmserving.bench.scenario;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.ProbeOptions;
import io.llmserving.bench.server.Probe;
import io.llmserving.bench.server.RunningServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Load on one server. Fails if a request does, or a probe.
 */
@Command(name = "load", mixinStandardHelpOptions = true,
		description = "Puts load on a server that speaks OpenAI's protocol.")
public final class LoadCommand extends LoadScenario {

	@Mixin
	private ProbeOptions probe = new ProbeOptions();

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		Workload requests = this.workload.workload(server);
		this.output.begin();
		try (RunningServer running = this.target.start(server); LoadClient client = this.target.client(server)) {
			try (Probe cold = this.probe.start()) {
				this.loop.warmUp(client, requests);
			}
			ProbedLoad load = probed(client, requests);
			this.output.end(load, this.loop.text() + System.lineSeparator() + load.text());
			return load.clean() ? 0 : 1;
		}
	}

	private ProbedLoad probed(LoadClient client, Workload requests) throws InterruptedException {
		try (Probe asking = this.probe.start()) {
			LoadSummary summary = LoadSummary.of(this.loop.timed(client, requests, this.workload.seed()),
					this.slo.slo());
			return new ProbedLoad(summary, (asking != null) ? asking.stop() : null);
		}
	}

}
