package io.llmserving.bench.engine;

import java.io.IOException;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what {@code llama-bench -o json} prints. The depth of a generation is
 * {@code n_depth} in llama.cpp, {@code n_prompt} of a test named {@code tg…@pp…} in
 * ik_llama.cpp.
 */
final class LlamaBenchOutput {

	private LlamaBenchOutput() {
	}

	/**
	 * Returns the tokens per second of a row.
	 * @throws IOException if the output has no such row
	 */
	static double rate(String output, EngineRow row) throws IOException {
		try {
			for (JsonNode test : JsonMapper.shared().readTree(output.substring(Math.max(0, output.indexOf('['))))) {
				if (matches(test, row)) {
					return test.path("avg_ts").asDouble();
				}
			}
		}
		catch (JacksonException ex) {
			throw new IOException("llama-bench printed no JSON: " + output, ex);
		}
		throw new IOException("llama-bench printed nothing on %s: %s".formatted(row.name(), output));
	}

	private static boolean matches(JsonNode test, EngineRow row) {
		int prompt = test.path("n_prompt").asInt();
		int generated = test.path("n_gen").asInt();
		if (row.kind() == EngineRow.Kind.PREFILL) {
			return generated == 0 && prompt == row.before();
		}
		int depth = test.path("test").asString("").contains("@pp") ? prompt : test.path("n_depth").asInt(0);
		return generated == row.generated() && depth == row.before();
	}

}
