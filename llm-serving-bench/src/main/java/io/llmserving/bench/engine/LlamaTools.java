package io.llmserving.bench.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.llmserving.bench.server.StartedProcess;
import org.jspecify.annotations.Nullable;

/**
 * llama.cpp or one of its kin, by its own tools: a process for each measurement, which
 * warms itself up.
 */
final class LlamaTools implements Contender {

	private static final long PATIENCE_MINUTES = 30;

	private final String name;

	private final Path bench;

	private final @Nullable Path batched;

	private final Path model;

	private final int threads;

	private final boolean depthOption;

	private final List<String> benchArguments;

	private final List<String> batchedArguments;

	/**
	 * Finds out which options the tools have.
	 * @param batched its llama-batched-bench, null if there is none
	 */
	static LlamaTools of(String name, Path bench, @Nullable Path batched, Path model, int threads,
			List<String> benchArguments, List<String> batchedArguments) throws IOException, InterruptedException {
		boolean depthOption = run(List.of(bench.toString(), "-h")).contains("--n-depth");
		return new LlamaTools(name, bench, batched, model, threads, depthOption, benchArguments, batchedArguments);
	}

	/**
	 * @param depthOption whether llama-bench has {@code -d} for the depth of a
	 * generation, as llama.cpp's, instead of {@code -gp}, as ik_llama.cpp's
	 */
	LlamaTools(String name, Path bench, @Nullable Path batched, Path model, int threads, boolean depthOption,
			List<String> benchArguments, List<String> batchedArguments) {
		this.name = name;
		this.bench = bench;
		this.batched = batched;
		this.model = model;
		this.threads = threads;
		this.depthOption = depthOption;
		this.benchArguments = benchArguments;
		this.batchedArguments = batchedArguments;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public double measure(EngineRow row) throws IOException, InterruptedException {
		List<String> command = command(row);
		String output = run(command);
		return (row.kind() == EngineRow.Kind.BATCH) ? BatchedBenchOutput.rate(output, row)
				: LlamaBenchOutput.rate(output, row);
	}

	List<String> command(EngineRow row) throws IOException {
		return (row.kind() == EngineRow.Kind.BATCH) ? batchedCommand(row) : benchCommand(row);
	}

	private List<String> benchCommand(EngineRow row) {
		List<String> command = start(this.bench);
		command.addAll(List.of("-r", "1", "-o", "json"));
		String before = Integer.toString(row.before());
		String generated = Integer.toString(row.generated());
		if (row.kind() == EngineRow.Kind.PREFILL) {
			command.addAll(List.of("-p", before, "-n", "0"));
		}
		else if (this.depthOption) {
			command.addAll(List.of("-p", "0", "-n", generated, "-d", before));
		}
		else {
			command.addAll(List.of("-p", "0", "-n", "0", "-gp", before + "," + generated));
		}
		command.addAll(this.benchArguments);
		return command;
	}

	private List<String> batchedCommand(EngineRow row) throws IOException {
		if (this.batched == null) {
			throw new IOException(this.name + " has no llama-batched-bench beside its llama-bench");
		}
		List<String> command = start(this.batched);
		int context = Math.ceilDiv(row.streams() * (row.before() + row.generated()), 256) * 256;
		command.addAll(List.of("-c", Integer.toString(Math.max(context, 512)), "-b", "2048", "-ub", "512", "-npp",
				Integer.toString(row.before()), "-ntg", Integer.toString(row.generated()), "-npl",
				Integer.toString(row.streams())));
		command.addAll(this.batchedArguments);
		return command;
	}

	private List<String> start(Path tool) {
		return new ArrayList<>(
				List.of(tool.toString(), "-m", this.model.toString(), "-t", Integer.toString(this.threads)));
	}

	/** Tools print their result to either stream; both are read. */
	private static String run(List<String> command) throws IOException, InterruptedException {
		Path errors = Files.createTempFile("llm-serving-bench", ".err");
		try {
			return output(StartedProcess.start(new ProcessBuilder(command).redirectError(errors.toFile())), command,
					errors);
		}
		finally {
			Files.deleteIfExists(errors);
		}
	}

	private static String output(StartedProcess tool, List<String> command, Path errors)
			throws IOException, InterruptedException {
		try (tool) {
			Process process = tool.process();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
				throw new IOException("%s has not ended within %d minutes".formatted(command, PATIENCE_MINUTES));
			}
			String all = output + Files.readString(errors, StandardCharsets.ISO_8859_1);
			if (process.exitValue() != 0) {
				throw new IOException("%s ended with %d: %s".formatted(command, process.exitValue(), all));
			}
			return all;
		}
	}

	@Override
	public void close() {
		// Nothing is kept between measurements.
	}

}
