package io.llmserving.bench.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
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
				List.of(engine("ours", 30), engine("a", 10), engine("b", 15)), 3,
				new ReadRoofline(this::neverAsked, (row) -> 1));
		assertThat(String.join(" ", this.turns)).isEqualTo("ours a b b a ours ours a b");
		assertThat(result.best().engine()).isEqualTo("b");
		assertThat(result.best().oursOverIt().value()).isEqualTo(2);
	}

	@Test
	void readsAreProbedAroundEachMeasurementThatTheyBound() throws Exception {
		Iterator<Double> reads = List.of(30.0, 50.0, 32.0, 32.0, 64.0, 64.0, 90.0, 70.0).iterator();
		PeerComparison.Result result = PeerComparison.measure(EngineRow.decode(16, 128),
				List.of(engine("ours", 40), engine("peer", 16)), 2, new ReadRoofline(reads::next, (row) -> 0.5e9));
		// 20 GB/s of 40 and of 80, 8 of 32 and of 64
		assertThat(result.engines()).extracting(PeerComparison.Measured::ofReads).containsExactly(0.375, 0.1875);
	}

	@Test
	void theTableShowsTheBestPeerFirst() {
		double[] unknown = { Double.NaN, Double.NaN };
		Map<String, PeerComparison.Turns> turns = new LinkedHashMap<>();
		turns.put("ours", new PeerComparison.Turns(new double[] { 30, 30 }, new double[] { 0.9, 0.9 }));
		turns.put("slow", new PeerComparison.Turns(new double[] { 10, 10 }, unknown));
		turns.put("fast", new PeerComparison.Turns(new double[] { 20, 20 }, new double[] { 0.6, 0.6 }));
		String table = PeerComparison.table(List.of(PeerComparison.result(EngineRow.decode(16, 128), turns)))
			.markdown();
		assertThat(table.lines().toList()).containsExactly(
				"| tokens/s | ours | of reads | best peer | of reads |  | ratio (95 % interval) | ratio of reads |",
				"|---|---|---|---|---|---|---|---|",
				"| decode 128 after 16 | 30.0 | 90 % | 20.0 | 60 % | fast | 1.50 (1.50 to 1.50) | 1.50 (1.50 to 1.50) |",
				"|  |  |  | 10.0 |  | slow | 3.00 (3.00 to 3.00) |  |");
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

	private Double neverAsked() {
		throw new IllegalStateException("A prompt is bound by computing");
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
