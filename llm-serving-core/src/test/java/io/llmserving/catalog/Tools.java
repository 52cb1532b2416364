package io.llmserving.catalog;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools that a machine may lack.
 */
final class Tools {

	private Tools() {
	}

	/**
	 * Skips the test where the command does not run, and fails it where everything is
	 * said to be installed.
	 */
	static void require(String name, String... command) throws InterruptedException {
		if (runs(command)) {
			return;
		}
		String problem = name + " is missing";
		System.out.println("SKIPPED: " + problem);
		assertThat(System.getenv("LLM_SERVING_REQUIRE_TOOLS")).as(problem).isNotEqualTo("true");
		Assumptions.abort(problem);
	}

	private static boolean runs(String... command) throws InterruptedException {
		try {
			Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
			return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

}
