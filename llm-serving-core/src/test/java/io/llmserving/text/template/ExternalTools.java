package io.llmserving.text.template;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs beyond those that build the project. Without them a test is skipped, unless
 * {@code LLM_SERVING_REQUIRE_TOOLS} is true.
 */
final class ExternalTools {

	private static final long LIMIT_MINUTES = 5;

	private ExternalTools() {
	}

	/** Returns a path inside the module. */
	static Path module(String path) {
		return Path.of(System.getProperty("basedir", "")).resolve(path).toAbsolutePath();
	}

	/** Skips the test, or fails it where nothing may be skipped. */
	static void missing(String what) {
		if ("true".equals(System.getenv("LLM_SERVING_REQUIRE_TOOLS"))) {
			Assertions.fail(what);
		}
		System.err.println("SKIPPED: " + what);
		Assumptions.abort(what);
	}

	static Result run(List<String> command) {
		try {
			Path output = Files.createTempFile("external-tool", ".txt");
			try {
				Process process = new ProcessBuilder(command).redirectErrorStream(true)
					.redirectOutput(output.toFile())
					.start();
				if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
					process.descendants().forEach(ProcessHandle::destroyForcibly);
					process.destroyForcibly();
					return new Result(-1, command + " took more than " + LIMIT_MINUTES + " minutes");
				}
				String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
				return new Result(process.exitValue(), text.strip());
			}
			finally {
				Files.delete(output);
			}
		}
		catch (IOException ex) {
			return new Result(-1, String.valueOf(ex.getMessage()));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new UncheckedIOException(new IOException("Interrupted during " + command, ex));
		}
	}

	/**
	 * How a program ended.
	 *
	 * @param status its exit status, -1 if it could not be run or took too long
	 * @param output all that it printed
	 */
	record Result(int status, String output) {
	}

}
