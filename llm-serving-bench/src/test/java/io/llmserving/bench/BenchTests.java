package io.llmserving.bench;

import java.io.PrintWriter;
import java.io.StringWriter;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Bench}.
 */
class BenchTests {

	@Test
	void whatAUserGotWrongIsToldInALine() {
		assertThat(run("load", "--url", "nonsense")).startsWith("2 'nonsense' is no base URL").hasLineCount(1);
		assertThat(run("load", "--own", "x", "--no-probe")).startsWith("2 'x' in 'x' is no length").hasLineCount(1);
		assertThat(run("compare")).startsWith("2 Error: Missing required argument(s)");
		assertThat(run("peer", "m.gguf", "--no-probe")).startsWith("2 Give another engine's llama-bench")
			.hasLineCount(1);
	}

	@Test
	void everyCommandHasADescription() {
		assertThat(Bench.commandLine().getSubcommands().values())
			.allSatisfy((command) -> assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty());
	}

	private static String run(String... arguments) {
		StringWriter errors = new StringWriter();
		CommandLine line = Bench.commandLine().setErr(new PrintWriter(errors, true));
		int status = line.execute(arguments);
		return status + " " + errors.toString().strip();
	}

}
