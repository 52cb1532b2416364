package io.llmserving.bench.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.ServerOptions;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.server.ServerDefinition;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;

/**
 * Servers, or ways to ask one, side by side. Fails if a request does.
 */
@Command(name = "compare", mixinStandardHelpOptions = true,
		description = "Puts the same load on several servers in turns (AB BA) and prints ratios of medians.")
public final class CompareCommand extends LoadScenario {

	@ArgGroup(exclusive = false, multiplicity = "2..*", heading = "Servers, at least two:%n")
	private List<ServerOptions> servers = new ArrayList<>();

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
