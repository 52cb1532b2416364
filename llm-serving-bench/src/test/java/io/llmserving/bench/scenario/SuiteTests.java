package io.llmserving.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Suite}, {@link SuiteServers} and {@link SuiteReport}.
 */
class SuiteTests {

	@TempDir
	private Path folder;

	@BeforeEach
	void write() throws IOException {
		executable("ik_llama.cpp/build/bin/llama-server");
		executable("vllm/bin/python");
		Files.createDirectory(this.folder.resolve("smollm2-135m-hf"));
		Files.createFile(this.folder.resolve("SmolLM2-135M-Instruct.Q4_1.gguf"));
		Files.createFile(this.folder.resolve("app.jar"));
	}

	@Test
	void aRowWhoseFilesAreMissingSaysWhich() throws IOException {
		Map<String, Suite.Row> rows = rows();
		assertThat(rows.get("engine-smollm2").missing()).isNull();
		assertThat(rows.get("engine-1.17b-q4_0").missing()).endsWith("syn1b-Q4_0.gguf");
		assertThat(rows.get("http-8").missing()).isNull();
	}

	@Test
	void serversThatAreThereTakePartOursFirst() throws IOException {
		assertThat(rows().get("http-8")
			.command()
			.stream()
			.filter((word) -> word.matches("ours|.*llama.cpp.*|vLLM.*"))
			.filter((word) -> !word.contains("/")))
			.containsExactly("ours", "ik_llama.cpp", "ik_llama.cpp repacked", "vLLM bf16");
		assertThat(String.join(" ", rows().get("http-8").command())).contains("-np 8 -c 4096 -fa on")
			.contains("--streams 8 --requests 8 --shared 192 --own 64 --out 128")
			.contains("--repetitions 5")
			.contains(".source=file:'");
	}

	@Test
	void healthIsAskedOfTheServerThatIsStarted() throws IOException {
		String command = String.join(" ", rows().get("health").command());
		assertThat(command).startsWith("load ")
			.matches(".*--url http://127\\.0\\.0\\.1:(\\d+)/v1 .*--server\\.port=\\1 .*"
					+ "--probe http://127\\.0\\.0\\.1:\\1/actuator/health/readiness .*");
	}

	@Test
	void aTableInMarkdownComesFromARowsResult() {
		String section = SuiteReport.section("Goodput", JsonMapper.shared().readTree("""
				{"kind": "goodput", "result": {"found": [
				  {"server": "ours", "rate": {"value": 12.5, "low": 12, "high": 13},
				   "firstOverIt": {"value": 1, "low": 1, "high": 1}},
				  {"server": "x", "rate": {"value": 5, "low": 5, "high": 5},
				   "firstOverIt": {"value": 2.5, "low": 2.4, "high": 2.6}}]}}"""));
		assertThat(section).isEqualTo("""
				## Goodput

				| server | requests/s | ours / server |
				|---|---|---|
				| ours | 12.50 (12.00 to 13.00) | 1.00 (1.00 to 1.00) |
				| x | 5.00 (5.00 to 5.00) | 2.50 (2.40 to 2.60) |

				""");
	}

	@Test
	void figuresOfAnyOtherResultAreListedByName() {
		String section = SuiteReport.section("Mixed", JsonMapper.shared().readTree("""
				{"kind": "mixed", "result": {"gapRatio": 1.5, "quietGap": {"p99": 120.4},
				 "firstTokenRatio": {"value": 2, "low": 1.9, "high": 2.1}}}"""));
		assertThat(section).contains("| gapRatio | 1.50 |", "| quietGap.p99 | 120 |",
				"| firstTokenRatio | 2.00 (1.90 to 2.10) |");
	}

	private Map<String, Suite.Row> rows() throws IOException {
		return new Suite(this.folder, this.folder, this.folder.resolve("app.jar"), 5, 2).rows();
	}

	private void executable(String file) throws IOException {
		Path path = this.folder.resolve(file);
		Files.createDirectories(path.getParent());
		Files.createFile(path);
		assertThat(path.toFile().setExecutable(true)).isTrue();
	}

}
