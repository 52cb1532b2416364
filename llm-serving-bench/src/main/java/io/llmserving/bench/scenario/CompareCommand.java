package io.llmserving.bench.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.LoopOptions;
import io.llmserving.bench.options.OutputOptions;
import io.llmserving.bench.options.ServerOptions;
import io.llmserving.bench.options.SloOptions;
import io.llmserving.bench.options.TargetOptions;
import io.llmserving.bench.options.WorkloadOptions;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.server.ServerDefinition;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Servers, or ways to ask one, side by side. Fails if a request does.
 */
@Command(name = "compare", mixinStandardHelpOptions = true,
		description = "Puts the same load on several servers in turns (AB BA) and prints ratios of medians.")
public final class CompareCommand implements Callable<Integer> {

	@ArgGroup(exclusive = false, multiplicity = "2..*", heading = "Servers, at least two:%n")
	private List<ServerOptions> servers = new ArrayList<>();

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
		List<ServerDefinition> definitions = this.servers.stream()
			.map((server) -> server.definition(this.target))
			.toList();
		if (definitions.stream().map(ServerDefinition::name).distinct().count() < definitions.size()) {
			throw new IllegalArgumentException("Two servers have the same name; give each --server its own");
		}
		this.output.begin();
		Comparison.Result result = Comparison
			.summarize(Comparison.run(definitions, this.loop.repetitions(), this::turn), this.slo.slo());
		this.output.end(result, result.text());
		return result.clean() ? 0 : 1;
	}

	private LoadRun turn(ServerDefinition server, int round) throws IOException, InterruptedException {
		Workload requests = this.workload.workload(server.target(), server.body());
		try (RunningServer running = this.target.start(server);
				LoadClient client = this.target.client(server.target())) {
			this.loop.warmUp(client, requests);
			return this.loop.run(client, requests, round, this.workload.seed());
		}
	}

}
