package io.llmserving.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Python with packages in an environment of the build's own.
 */
final class PythonTools {

	private static final Path ENVIRONMENT = Path.of("target/python");

	private PythonTools() {
	}

	/**
	 * Installs packages; skips the calling test if that cannot be done here, unless the
	 * environment variable {@code LLM_SERVING_REQUIRE_TOOLS} is {@code true}.
	 */
	static void require(String... packages) {
		Path marker = ENVIRONMENT.resolve("installed-" + String.join("-", packages).replaceAll("[^a-z0-9.-]", "_"));
		if (Files.exists(marker)) {
			return;
		}
		List<String> install = new ArrayList<>(
				List.of(ENVIRONMENT.resolve("bin/python").toString(), "-m", "pip", "install", "--quiet"));
		install.addAll(List.of(packages));
		String problem = succeeds(List.of("python3", "-m", "venv", ENVIRONMENT.toString())) ? null
				: "python3 with venv is missing (Debian: apt-get install python3-venv)";
		if (problem == null && !succeeds(install)) {
			problem = "pip cannot install " + String.join(" ", packages);
		}
		if (problem != null) {
			System.out.println("SKIPPED: " + problem);
			assertThat(System.getenv("LLM_SERVING_REQUIRE_TOOLS")).as(problem).isNotEqualTo("true");
			Assumptions.abort(problem);
		}
		try {
			Files.createFile(marker);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean succeeds(List<String> command) {
		try {
			Process process = new ProcessBuilder(command).inheritIO().start();
			return process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0;
		}
		catch (IOException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Runs a script and returns what it printed. */
	static String run(String script, String... arguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(ENVIRONMENT.resolve("bin/python").toString(), script));
		command.addAll(List.of(arguments));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).as(output).isZero();
		return output;
	}

}
