package io.llmserving.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line's entry.
 */
@Command(name = "llm-serving-bench", mixinStandardHelpOptions = true,
		description = "Benchmarks of the engine, alone and beside another engine.",
		subcommands = { EngineBench.class, PeerBench.class })
final class Bench {

	private Bench() {
	}

	public static void main(String[] arguments) {
		System.exit(new CommandLine(new Bench()).execute(arguments));
	}

}
