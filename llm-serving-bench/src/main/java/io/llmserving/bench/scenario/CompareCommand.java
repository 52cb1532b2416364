package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.bench.options.ServerOptions;
import io.llmserving.bench.server.ServerDefinition;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Servers, or ways to ask one, side by side. Fails if a request does.
 */
@Command(name = "compare", mixinStandardHelpOptions = true,
		description = "Puts the same load on several servers in turns (AB BA) and prints ratios of medians.")
public final class CompareCommand extends LoadScenario {

	@ArgGroup(exclusive = false, multiplicity = "2..*", heading = "Servers, at least two:%n")
	private List<ServerOptions> servers = new ArrayList<>();

	@Option(names = "--drop-out", paramLabel = "SHARE",
			description = "A server other than the first one has one turn only if that shows less than this share of the best other's tokens/s. Default: ${DEFAULT-VALUE}, none",
			defaultValue = "0")
	private double dropOut;

	@Override
	public Integer call() throws Exception {
		List<ServerDefinition> definitions = this.servers.stream()
			.map((server) -> server.definition(this.target))
			.toList();
		if (definitions.stream().map(ServerDefinition::name).distinct().count() < definitions.size()) {
			throw new IllegalArgumentException("Two servers have the same name; give each --server its own");
		}
		this.output.begin();
		try (Contenders contenders = Contenders.start(definitions, this.target, this.workload, this.loop)) {
			Comparison.Result result = Comparison
				.summarize(Comparison.run(contenders, this.loop.repetitions(), this.dropOut), this.slo.slo());
			this.output.end(result, result.text());
			return result.clean() ? 0 : 1;
		}
	}

}
