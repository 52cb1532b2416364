package io.llmserving.bench.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link PeerComparison}, {@link LlamaTools} and {@link Peers}.
 */
class PeerComparisonTests {

	private final List<String> turns = new ArrayList<>();

	@Test
	void enginesAreMeasuredInTurns() throws Exception {
		PeerComparison.Result result = PeerComparison.measure(EngineRow.prefill(8),
				List.of(engine("ours", 30), engine("a", 10), engine("b", 15)), 3);
		assertThat(String.join(" ", this.turns)).isEqualTo("ours a b b a ours ours a b");
		assertThat(result.best().engine()).isEqualTo("b");
		assertThat(result.best().oursOverIt().value()).isEqualTo(2);
	}

	@Test
	void theTableShowsTheBestPeerFirst() {
		Map<String, double[]> rates = new LinkedHashMap<>();
		rates.put("ours", new double[] { 30, 30 });
		rates.put("slow", new double[] { 10, 10 });
		rates.put("fast", new double[] { 20, 20 });
		String table = PeerComparison.table(List.of(PeerComparison.result(EngineRow.decode(16, 128), rates)))
			.markdown();
		assertThat(table.lines().toList()).containsExactly("| tokens/s | ours | best peer |  | ratio (95 % interval) |",
				"|---|---|---|---|---|", "| decode 128 after 16 | 30.0 | 20.0 | fast | 1.50 (1.50 to 1.50) |",
				"|  |  | 10.0 | slow | 3.00 (3.00 to 3.00) |");
	}

	@Test
	void eachRowIsAskedForInTheToolsOwnWords() throws IOException {
		assertThat(command(true, EngineRow.prefill(512))).endsWith("-r", "1", "-o", "json", "-p", "512", "-n", "0",
				"-fa", "1");
		assertThat(command(true, EngineRow.decode(16, 128))).endsWith("-p", "0", "-n", "128", "-d", "16", "-fa", "1");
		assertThat(command(false, EngineRow.decode(16, 128))).endsWith("-p", "0", "-n", "0", "-gp", "16,128", "-fa",
				"1");
		assertThat(command(false, EngineRow.batch(32, 128, 64))).containsExactly("batched", "-m", "m.gguf", "-t", "2",
				"-c", "6144", "-b", "2048", "-ub", "512", "-npp", "128", "-ntg", "64", "-npl", "32", "-fa", "on");
	}

	@Test
	void toolsAreFoundWhereTheyWereBuiltOrInstalled(@TempDir Path folder) throws IOException {
		Path built = executable(folder.resolve("ik_llama.cpp/build/bin/llama-bench"));
		Path installed = executable(folder.resolve("llama.cpp/bin/llama-server"));
		Peers peers = new Peers(folder);
		assertThat(peers.tool("ik_llama.cpp", "llama-bench")).isEqualTo(built);
		assertThat(peers.tool("llama.cpp", "llama-server")).isEqualTo(installed);
		assertThat(peers.tool("llama.cpp", "llama-bench")).isNull();
		assertThat(peers.vllmPython()).isNull();
		assertThatIllegalArgumentException().isThrownBy(() -> new Peers(folder.resolve("none")))
			.withMessageContaining("There is no folder");
	}

	private static List<String> command(boolean depthOption, EngineRow row) throws IOException {
		try (LlamaTools tools = new LlamaTools("x", Path.of("bench"), Path.of("batched"), Path.of("m.gguf"), 2,
				depthOption, List.of("-fa", "1"), List.of("-fa", "on"))) {
			return tools.command(row);
		}
	}

	private static Path executable(Path file) throws IOException {
		Files.createDirectories(file.getParent());
		Files.writeString(file, "");
		assertThat(file.toFile().setExecutable(true)).isTrue();
		return file;
	}

	private Contender engine(String name, double rate) {
		return new Contender() {

			@Override
			public String name() {
				return name;
			}

			@Override
			public double measure(EngineRow row) {
				PeerComparisonTests.this.turns.add(name);
				return rate;
			}

			@Override
			public void close() {
			}

		};
	}

}
