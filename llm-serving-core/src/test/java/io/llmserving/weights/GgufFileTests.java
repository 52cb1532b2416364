package io.llmserving.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link GgufFile}.
 */
class GgufFileTests {

	@TempDir
	private Path directory;

	@Test
	void readsMetadataAndTensors() throws IOException {
		try (GgufFile file = GgufFile.open(small().write(this.directory.resolve("small.gguf")))) {
			assertThat(file.metadata().text("general.architecture")).isEqualTo("llama");
			assertThat(file.metadata().required("llama.block_count")).isEqualTo(2);
			assertThat(file.metadata().number("llama.rope.freq_base", 0)).isEqualTo(1000.0);
			assertThat(file.metadata().texts("tokenizer.ggml.tokens")).containsExactly("a", "ß", "");
			TensorView norm = file.tensors().get("norm");
			assertThat(norm.floats()).containsExactly(1.0f, -2.5f, 3.0f);
			assertThat(file.tensors().get("matrix")).satisfies((matrix) -> {
				assertThat(matrix.type()).isEqualTo(TensorType.Q8_0);
				assertThat(matrix.rows()).isEqualTo(2);
				assertThat(matrix.columns()).isEqualTo(32);
				assertThat(matrix.data().byteSize()).isEqualTo(68);
			});
		}
	}

	@Test
	void textsOfAnyLengthAreReadWholeWhereverTheyLie() throws IOException {
		String[] texts = IntStream.range(0, 3000).mapToObj((i) -> "ß".repeat(i % 251) + i).toArray(String[]::new);
		texts[1234] = "long ".repeat(70_000);
		Path path = new GgufWriter().texts("texts", texts)
			.text("last", "end")
			.write(this.directory.resolve("texts.gguf"));
		try (GgufFile file = GgufFile.open(path)) {
			assertThat(file.metadata().texts("texts")).containsExactly(texts);
			assertThat(file.metadata().text("last")).isEqualTo("end");
		}
	}

	@Test
	void arraysOfNumbersHoldTheirSigns() throws IOException {
		Path path = new GgufWriter().integers("numbers", 1, -1, Integer.MIN_VALUE)
			.text("last", "end")
			.write(this.directory.resolve("numbers.gguf"));
		try (GgufFile file = GgufFile.open(path)) {
			assertThat(file.metadata().integers("numbers")).containsExactly(1, -1, Integer.MIN_VALUE);
			assertThat(file.metadata().text("last")).isEqualTo("end");
		}
	}

	@Test
	void aFileTruncatedAnywhereIsRefusedByName() throws IOException {
		byte[] bytes = small().bytes();
		for (int length = 0; length < bytes.length - 32; length++) {
			Path path = Files.write(this.directory.resolve("short.gguf"), Arrays.copyOf(bytes, length));
			assertThatExceptionOfType(ModelFileException.class).as("%d bytes", length)
				.isThrownBy(() -> GgufFile.open(path).close())
				.withMessageContaining("short.gguf");
		}
	}

	@Test
	void aDamagedHeaderIsReadOrRefusedButNeverWorse() throws IOException {
		byte[] bytes = small().bytes();
		long seed = System.nanoTime();
		Random random = new Random(seed);
		for (int i = 0; i < 3000; i++) {
			byte[] damaged = bytes.clone();
			for (int n = random.nextInt(4); n >= 0; n--) {
				damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
			}
			Path path = Files.write(this.directory.resolve("damaged.gguf"), damaged);
			try (GgufFile file = GgufFile.open(path)) {
				assertThat(file.tensors()).as("seed %d", seed).isNotNull();
			}
			catch (ModelFileException ex) {
				assertThat(ex).as("seed %d", seed).hasMessageContaining("damaged.gguf");
			}
		}
	}

	@Test
	void anUnknownTensorTypeIsNamedWithItsTensor() throws IOException {
		Path path = new GgufWriter().tensor("odd", 99, new byte[64], 32, 2).write(this.directory.resolve("odd.gguf"));
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> GgufFile.open(path).close())
			.withMessageMatching(".*odd.gguf: tensor 'odd' at offset \\d+ has type 99, which is not supported");
	}

	@Test
	void aTensorBeyondTheEndIsNamedWithItsOffset() throws IOException {
		Path path = new GgufWriter().tensor("long", 0, GgufWriter.floats(1, 2), 4096)
			.write(this.directory.resolve("long.gguf"));
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> GgufFile.open(path).close())
			.withMessageContaining("tensor 'long' lies at offset")
			.withMessageContaining("16384 bytes");
	}

	private static GgufWriter small() {
		return new GgufWriter().text("general.architecture", "llama")
			.integer("llama.block_count", 2)
			.number("llama.rope.freq_base", 1000.0f)
			.texts("tokenizer.ggml.tokens", "a", "ß", "")
			.tensor("norm", 0, GgufWriter.floats(1.0f, -2.5f, 3.0f), 3)
			.tensor("matrix", 8, new byte[68], 32, 2);
	}

}
