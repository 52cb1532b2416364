package io.llmserving.bench.scenario;

import java.util.concurrent.Callable;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.LoopOptions;
import io.llmserving.bench.options.OutputOptions;
import io.llmserving.bench.options.SloOptions;
import io.llmserving.bench.options.TargetOptions;
import io.llmserving.bench.options.WorkloadOptions;
import io.llmserving.bench.report.LoadText;
import io.llmserving.bench.server.RunningServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Load on one server. Fails if a request does.
 */
@Command(name = "load", mixinStandardHelpOptions = true,
		description = "Puts load on a server that speaks OpenAI's protocol.")
public final class LoadCommand implements Callable<Integer> {

	@Mixin
	private TargetOptions target = new TargetOptions();

	@Mixin
	private WorkloadOptions workload = new WorkloadOptions();

	@Mixin
	private LoopOptions loop = new LoopOptions();

	@Mixin
	private SloOptions slo = new SloOptions();

	@Mixin
	private OutputOptions output = new OutputOptions();

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
