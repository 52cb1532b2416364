package io.llmserving.bench;

import java.io.IOException;

import io.llmserving.bench.engine.EngineBench;
import io.llmserving.bench.engine.PeerBench;
import io.llmserving.bench.machine.MachineCommand;
import io.llmserving.bench.scenario.CompareCommand;
import io.llmserving.bench.scenario.LoadCommand;
import io.llmserving.bench.scenario.SweepCommand;
import io.llmserving.bench.scenario.PrefixHitCommand;
import io.llmserving.bench.scenario.PrefixStormCommand;
import io.llmserving.bench.scenario.ProcessCommand;
import io.llmserving.bench.scenario.PlotCommand;
import io.llmserving.bench.scenario.OverloadCommand;
import io.llmserving.bench.scenario.MixedCommand;
import io.llmserving.bench.scenario.GoodputCommand;
import io.llmserving.bench.scenario.AllCommand;
import io.llmserving.bench.scenario.CancelStormCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line's entry.
 */
@Command(name = "llm-serving-bench", mixinStandardHelpOptions = true,
		description = "Benchmarks of the engine and of servers, alone and beside others.",
		subcommands = { MachineCommand.class, LoadCommand.class, CompareCommand.class, SweepCommand.class,
				PlotCommand.class, GoodputCommand.class, MixedCommand.class, OverloadCommand.class,
				CancelStormCommand.class, PrefixHitCommand.class, PrefixStormCommand.class, EngineBench.class,
				PeerBench.class, ProcessCommand.class, AllCommand.class })
public final class Bench {

	private Bench() {
	}

	public static void main(String[] arguments) {
		System.exit(commandLine().execute(arguments));
	}

	/**
	 * Returns the command line. What a user got wrong is told in a line, without a stack
	 * trace.
	 */
	static CommandLine commandLine() {
		CommandLine line = new CommandLine(new Bench());
		line.setCaseInsensitiveEnumValuesAllowed(true);
		line.setExecutionExceptionHandler((exception, command, result) -> {
			if (exception instanceof IllegalArgumentException || exception instanceof IOException) {
				command.getErr().println(exception.getMessage());
				return command.getCommandSpec().exitCodeOnInvalidInput();
			}
			throw exception;
		});
		return line;
	}

}
