package io.llmserving.bench.engine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link LlamaBenchOutput} and {@link BatchedBenchOutput} on recorded outputs
 * of ik_llama.cpp 8337e4c, and on llama.cpp's forms of them.
 */
class PeerOutputTests {

	@Test
	void promptsAndGenerationAreReadFromLlamaBench() throws IOException {
		String output = recorded("ik-llama-bench.json");
		assertThat(LlamaBenchOutput.rate(output, EngineRow.prefill(32))).isEqualTo(54.460402);
		assertThat(LlamaBenchOutput.rate(output, EngineRow.decode(0, 8))).isEqualTo(10.032853);
	}

	@Test
	void generationAtADepthIsNotTakenForThatAtNone() throws IOException {
		String output = recorded("ik-llama-bench.json");
		assertThat(LlamaBenchOutput.rate(output, EngineRow.decode(64, 8))).isEqualTo(6.754677);
	}

	// llama.cpp names the depth: field n_depth of its llama-bench's JSON.
	@Test
	void llamaCppTellsTheDepthInAFieldOfItsOwn() throws IOException {
		String output = "loading\n[{\"n_prompt\":0,\"n_gen\":64,\"n_depth\":0,\"avg_ts\":98.5},"
				+ "{\"n_prompt\":0,\"n_gen\":64,\"n_depth\":2048,\"avg_ts\":50.25}]";
		assertThat(LlamaBenchOutput.rate(output, EngineRow.decode(2048, 64))).isEqualTo(50.25);
		assertThat(LlamaBenchOutput.rate(output, EngineRow.decode(0, 64))).isEqualTo(98.5);
	}

	@Test
	void batchesAreReadFromTheTable() throws IOException {
		String output = recorded("ik-llama-batched-bench.txt");
		assertThat(BatchedBenchOutput.rate(output, EngineRow.batch(1, 16, 4))).isEqualTo(9.5);
		assertThat(BatchedBenchOutput.rate(output, EngineRow.batch(4, 16, 4))).isEqualTo(5.53);
	}

	@Test
	void aRowThatIsNotThereIsAnErrorWithWhatWasPrinted() {
		assertThatIOException()
			.isThrownBy(
					() -> BatchedBenchOutput.rate(recorded("ik-llama-batched-bench.txt"), EngineRow.batch(8, 16, 4)))
			.withMessageContaining("batch of 8 (16 in, 4 out)")
			.withMessageContaining("T_PP");
		assertThatIOException()
			.isThrownBy(() -> LlamaBenchOutput.rate(recorded("ik-llama-bench.json"), EngineRow.prefill(33)))
			.withMessageContaining("prefill 33");
		assertThatIOException().isThrownBy(() -> LlamaBenchOutput.rate("error: no model", EngineRow.prefill(33)))
			.withMessageContaining("error: no model");
	}

	private static String recorded(String name) throws IOException {
		try (InputStream stream = PeerOutputTests.class.getResourceAsStream(name)) {
			assertThat(stream).isNotNull();
			return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
