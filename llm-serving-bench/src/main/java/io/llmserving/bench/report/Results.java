package io.llmserving.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

import io.llmserving.bench.machine.Machine;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes results as JSON: what was measured, when, on which machine, by which command.
 */
public final class Results {

	private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

	private Results() {
	}

	/**
	 * Writes a result.
	 * @param kind name of the benchmark
	 * @param settings how it was run
	 * @param result what came out: a record or a map
	 */
	public static void write(Path file, String kind, Machine machine, Object settings, Object result)
			throws IOException {
		Path folder = file.toAbsolutePath().getParent();
		if (folder != null) {
			Files.createDirectories(folder);
		}
		Files.writeString(file, text(kind, machine, settings, result));
	}

	static String text(String kind, Machine machine, Object settings, Object result) {
		Map<String, Object> document = new LinkedHashMap<>();
		document.put("kind", kind);
		document.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
		document.put("machine", machine);
		document.put("settings", settings);
		document.put("result", result);
		return JSON.writeValueAsString(document) + "\n";
	}

}
