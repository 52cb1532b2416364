package io.llmserving.bench.engine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Runs a tiny model.
 */
class EngineBenchTests {

	private static final Path MODEL = Path.of("../llm-serving-core/src/test/resources/io/llmserving/model/llama3.gguf");

	@TempDir
	private Path folder;

	@Test
	void rowsHaveAProfileThatAddsUpWhereItIsAskedFor() throws IOException {
		JsonNode rows = rows("--profile");
		assertThat(rows.path(0).path("name").asString()).isEqualTo("prefill 600");
		assertThat(rows.path(1).path("name").asString()).isEqualTo("prefill 7 after 20");
		assertThat(rows.path(2).path("name").asString()).isEqualTo("decode 2 x 3 after 5");
		// A step has 512 tokens at most.
		assertThat(rows.path(0).path("profile").path("steps").asInt()).isEqualTo(2);
		assertThat(rows.path(1).path("profile").path("steps").asInt()).isEqualTo(1);
		assertThat(rows.path(2).path("profile").path("steps").asInt()).isEqualTo(3);
		for (JsonNode row : rows) {
			JsonNode parts = row.path("profile").path("parts");
			double milliseconds = 0;
			for (JsonNode part : parts) {
				milliseconds += part.path("milliseconds").asDouble();
			}
			double step = row.path("profile").path("step").path("milliseconds").asDouble();
			assertThat(milliseconds).isCloseTo(step, within(1e-9 * step));
			assertThat(step).isPositive();
			for (String part : new String[] { "EMBED", "LINEAR", "NORM", "ROPE_CACHE", "ATTENTION", "ACTIVATE_MULTIPLY",
					"ADD", "HEAD", "SAMPLE" }) {
				assertThat(parts.path(part).path("gigaOperations").asDouble()).as(part).isPositive();
			}
			assertThat(parts.path("WAIT").path("milliseconds").asDouble()).isPositive();
			assertThat(parts.path("LINEAR").path("megabytes").asDouble()).isPositive();
			assertThat(parts.path("LINEAR").path("roofline").isNull()).isTrue();
		}
	}

	@Test
	void rowsHaveNoProfileUnlessItIsAskedFor() throws IOException {
		assertThat(rows()).hasSize(3).allSatisfy((row) -> {
			assertThat(row.path("tokensPerSecond").asDouble()).isPositive();
			assertThat(row.path("profile").isNull()).isTrue();
		});
	}

	@Test
	void aPromptThatCannotBeReadIsNamed() {
		StringWriter errors = new StringWriter();
		CommandLine command = new CommandLine(new EngineBench()).setErr(new PrintWriter(errors));
		assertThat(command.execute(MODEL.toString(), "--prompts", "7@x")).isEqualTo(2);
		assertThat(errors.toString()).contains("'7@x' is neither TOKENS nor TOKENS@BEFORE");
	}

	private JsonNode rows(String... options) throws IOException {
		Path json = this.folder.resolve("result.json");
		List<String> arguments = new ArrayList<>(List.of(options));
		arguments.addAll(List.of(MODEL.toString(), "--no-probe", "--json", json.toString(), "-t", "1", "-r", "1",
				"--prompts", "600,7@20", "--batches", "2", "--contexts", "5", "--generate", "3", "--extract-directory",
				this.folder.toString()));
		assertThat(new CommandLine(new EngineBench()).execute(arguments.toArray(String[]::new))).isZero();
		return JsonMapper.shared().readTree(Files.readString(json)).path("result").path("rows");
	}

}
