package io.llmserving.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import io.llmserving.bench.machine.Machine;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * All rows in sequence. One that fails does not stop the others.
 */
@Command(name = "all", mixinStandardHelpOptions = true,
		description = "Repeats every measured number of the documentation, or some rows; writes JSON and Markdown.")
public final class AllCommand implements Callable<Integer> {

	@Spec
	private @Nullable CommandSpec spec;

	@Option(names = "--peers", paramLabel = "DIR", required = true,
			description = "Folder with llama.cpp, ik_llama.cpp and vllm; those that are there take part.")
	private Path peers = Path.of("");

	@Option(names = "--models", paramLabel = "DIR", required = true,
			description = "Folder with SmolLM2-135M-Instruct.Q4_1.gguf, smollm2-135m-hf and syn1b-{Q4_0,Q8_0,Q4_K_M,BF16}.gguf.")
	private Path models = Path.of("");

	@Option(names = "--app", paramLabel = "JAR", description = "The sample application. Default: ${DEFAULT-VALUE}",
			defaultValue = "sample-app/target/sample-app-0.1.0-SNAPSHOT.jar")
	private Path application = Path.of("");

	@Option(names = "--rows", split = ",", paramLabel = "ROW", description = "Only these; --list names all.")
	private List<String> only = List.of();

	@Option(names = "--list", description = "Print the rows and their command lines instead of running them.")
	private boolean list;

	@Option(names = "--rounds", paramLabel = "N",
			description = "Measurements of each figure. Default: ${DEFAULT-VALUE}", defaultValue = "5")
	private int rounds = 5;

	@Option(names = { "-t", "--threads" }, description = "Threads of each engine. Default: all processors")
	private int threads = Runtime.getRuntime().availableProcessors();

	@Option(names = "--results", paramLabel = "DIR",
			description = "Where JSON and benchmarks.md go. Default: ${DEFAULT-VALUE}",
			defaultValue = "target/benchmarks")
	private Path results = Path.of("target/benchmarks");

	@Override
	public Integer call() throws Exception {
		Map<String, Suite.Row> rows = new Suite(this.peers, this.models, this.application, this.rounds, this.threads)
			.rows();
		for (String name : this.only) {
			if (!rows.containsKey(name)) {
				throw new IllegalArgumentException(
						"There is no row '%s'; there are %s".formatted(name, String.join(", ", rows.keySet())));
			}
		}
		List<Suite.Row> chosen = this.only.isEmpty() ? List.copyOf(rows.values())
				: this.only.stream().map(rows::get).toList();
		if (this.list) {
			chosen.forEach((row) -> System.out.printf("%s: %s%n  %s%n", row.name(),
					(row.missing() != null) ? row.missing() : row.title(), String.join(" ", row.command())));
			return 0;
		}
		return run(chosen);
	}

	private int run(List<Suite.Row> rows) throws IOException, InterruptedException {
		Files.createDirectories(this.results);
		Machine machine = Machine.probe(1);
		System.out.println(machine.text());
		StringBuilder report = new StringBuilder("# Benchmarks\n\n" + machine.text() + "\n\n");
		List<String> failed = new ArrayList<>();
		for (Suite.Row row : rows) {
			System.out.printf("%n=== %s: %s%n", row.name(), row.title());
			String problem = problem(row);
			if (problem != null) {
				failed.add(row.name());
				System.out.println("no result: " + problem);
				report.append("## ").append(row.title()).append("\n\nNo result: ").append(problem).append("\n\n");
			}
			else {
				report.append(SuiteReport.section(row.title(), read(row.name())));
			}
			Files.writeString(this.results.resolve("benchmarks.md"), report);
		}
		System.out.printf("%nwritten to %s; %d of %d rows have a result%n", this.results.resolve("benchmarks.md"),
				rows.size() - failed.size(), rows.size());
		return failed.isEmpty() ? 0 : 1;
	}

	/** Runs a row; returns why it has no result, or null. */
	private @Nullable String problem(Suite.Row row) throws IOException {
		if (row.missing() != null) {
			return row.missing();
		}
		List<String> arguments = new ArrayList<>(row.command());
		int capacity = arguments.indexOf("{goodput}");
		if (capacity >= 0) {
			if (!Files.exists(file("goodput"))) {
				return "it needs the capacity that the row goodput finds; run that one first";
			}
			double rate = read("goodput").path("result").path("found").path(0).path("rate").path("value").asDouble();
			if (!(rate > 0)) {
				return "the row goodput found no rate at which requests are in time";
			}
			arguments.set(capacity, Double.toString(rate));
		}
		arguments.addAll(List.of("--json", file(row.name()).toString()));
		Files.deleteIfExists(file(row.name()));
		int status = root().execute(arguments.toArray(String[]::new));
		return (status == 0) ? null : "the benchmark failed with status %d; see what it printed".formatted(status);
	}

	/**
	 * A new command line of the whole program: options keep no values from other rows.
	 */
	private CommandLine root() {
		if (this.spec == null) {
			throw new IllegalStateException("The command was not called from a command line");
		}
		CommandLine current = this.spec.root().commandLine();
		return new CommandLine(((Object) current.getCommand()).getClass()).setCaseInsensitiveEnumValuesAllowed(true)
			.setExecutionExceptionHandler(current.getExecutionExceptionHandler());
	}

	private JsonNode read(String row) {
		return JsonMapper.shared().readTree(file(row));
	}

	private Path file(String row) {
		return this.results.resolve(row + ".json");
	}

}
