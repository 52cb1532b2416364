package io.llmserving.bench.scenario;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.server.RunningServer;
import picocli.CommandLine.Command;

/**
 * Load on one server. Fails if a request does.
 */
@Command(name = "load", mixinStandardHelpOptions = true,
		description = "Puts load on a server that speaks OpenAI's protocol.")
public final class LoadCommand extends LoadScenario {

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		Workload requests = this.workload.workload(server);
		this.output.begin();
		try (RunningServer running = this.target.start(server); LoadClient client = this.target.client(server)) {
			LoadSummary summary = LoadSummary.of(this.loop.repeat(client, requests, this.workload.seed()),
					this.slo.slo());
			this.output.end(summary, this.loop.text() + System.lineSeparator() + LoadText.of(summary));
			return summary.clean() ? 0 : 1;
		}
	}

}
