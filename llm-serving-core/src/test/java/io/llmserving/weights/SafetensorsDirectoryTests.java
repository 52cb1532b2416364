package io.llmserving.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SafetensorsDirectory}.
 */
class SafetensorsDirectoryTests {

	@TempDir
	private Path directory;

	@Test
	void readsTensorsOfEveryType() throws IOException {
		small().write(single());
		try (SafetensorsDirectory tensors = SafetensorsDirectory.open(this.directory)) {
			assertThat(tensors.all()).extracting(TensorView::name).containsExactly("norm", "matrix", "half", "scalar");
			assertThat(tensors.tensor("norm")).satisfies((norm) -> {
				assertThat(norm.floats()).containsExactly(1.0f, -2.5f, 3.0f);
				assertThat(norm.rows()).isEqualTo(1);
				assertThat(norm.columns()).isEqualTo(3);
				assertThat(norm.file()).isEqualTo(single());
			});
			assertThat(tensors.tensor("matrix")).satisfies((matrix) -> {
				assertThat(matrix.type()).isEqualTo(TensorType.BF16);
				assertThat(matrix.rows()).isEqualTo(6);
				assertThat(matrix.columns()).isEqualTo(2);
				assertThat(matrix.floats()).startsWith(1.0f, -2.0f).hasSize(12);
			});
			assertThat(tensors.tensor("half").floats()).containsExactly(0.5f, -1.0f);
			assertThat(tensors.tensor("scalar").floats()).containsExactly(7.0f);
			assertThat(tensors.tensor("other")).isNull();
		}
	}

	@Test
	void readsTensorsOverSeveralFiles() throws IOException {
		new SafetensorsWriter().tensor("a", "F32", GgufWriter.floats(1), 1)
			.write(this.directory.resolve("one.safetensors"));
		new SafetensorsWriter().tensor("b", "F32", GgufWriter.floats(2), 1)
			.tensor("unlisted", "F32", GgufWriter.floats(3), 1)
			.write(this.directory.resolve("two.safetensors"));
		index("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}");
		try (SafetensorsDirectory tensors = SafetensorsDirectory.open(this.directory)) {
			assertThat(tensors.tensor("a").floats()).containsExactly(1.0f);
			assertThat(tensors.tensor("b").floats()).containsExactly(2.0f);
			assertThat(tensors.all()).hasSize(2);
		}
	}

	@Test
	void tensorsThatAreNotAlignedAreReadAllTheSame() throws IOException {
		new SafetensorsWriter().padding(1)
			.entry("\"__metadata__\":{\"format\":\"pt\"}")
			.tensor("odd", "BF16", shorts(0x3f80), 1)
			.tensor("floats", "F32", GgufWriter.floats(1.5f, -2.5f), 2)
			.write(single());
		try (SafetensorsDirectory tensors = SafetensorsDirectory.open(this.directory)) {
			TensorView floats = tensors.tensor("floats");
			assertThat(floats.floats()).containsExactly(1.5f, -2.5f);
			assertThat(floats.data().address() % 4).isZero();
		}
	}

	@Test
	void aTensorOfAnotherTypeIsRefusedWhenItIsAskedFor() throws IOException {
		new SafetensorsWriter().tensor("ids", "I64", new byte[16], 2)
			.tensor("norm", "F32", GgufWriter.floats(1), 1)
			.write(single());
		try (SafetensorsDirectory tensors = SafetensorsDirectory.open(this.directory)) {
			assertThat(tensors.all()).extracting(TensorView::name).containsExactly("norm");
			assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> tensors.tensor("ids"))
				.withMessageMatching(".*model.safetensors: tensor 'ids' at offset \\d+ has type I64;.*");
		}
	}

	@Test
	void aFileTruncatedAnywhereIsRefusedByName() throws IOException {
		byte[] bytes = small().bytes();
		for (int length = 0; length < bytes.length; length++) {
			Files.write(single(), Arrays.copyOf(bytes, length));
			refuses("model.safetensors");
		}
	}

	@Test
	void aDamagedFileIsReadOrRefusedButNeverWorse() throws IOException {
		byte[] bytes = small().bytes();
		long seed = System.nanoTime();
		Random random = new Random(seed);
		for (int i = 0; i < 3000; i++) {
			byte[] damaged = bytes.clone();
			for (int n = random.nextInt(4); n >= 0; n--) {
				damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
			}
			Files.write(single(), damaged);
			try (SafetensorsDirectory tensors = SafetensorsDirectory.open(this.directory)) {
				tensors.all().forEach((tensor) -> assertThat(tensor.floats()).as("seed %d", seed).isNotNull());
			}
			catch (ModelFileException ex) {
				assertThat(ex).as("seed %d", seed).hasMessageContaining("model.safetensors");
			}
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}          | tensor 'x' at offset .* has 4 bytes for 2 values
					"x":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}          | tensor 'x' claims the bytes from offset .*truncated
					"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,4]}         | tensor 'x' claims the bytes
					"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}          | the tensors end at offset
					"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}         | dimension -1 of tensor 'x'
					"x":{"dtype":"F32","shape":[2000000000,2000000000,2000000000,4],"data_offsets":[0,4]} | tensor 'x' at offset .* is too large
					"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}        | 'x.shape' is 1.5, not an integer
					"x":{"dtype":"F32","data_offsets":[0,4]}                      | tensor 'x' lacks its dtype, shape
					"x":{"dtype":4,"shape":[1],"data_offsets":[0,4]}              | 'x.dtype' is 4, not a text
					"x":null                                                      | tensor 'x' has no description
					"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]} | not JSON
					"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]} | tensor 'y' claims the bytes
					""")
	void aLyingHeaderIsRefusedWithTensorAndOffset(String entry, String message) throws IOException {
		byte[] bytes = new SafetensorsWriter().entry(entry).bytes();
		Files.write(single(), Arrays.copyOf(bytes, bytes.length + 4));
		refuses("(?s).*model.safetensors: .*" + message + ".*");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "../one.safetensors", "", "/etc/passwd", "..", "sub/one.safetensors", "missing.safetensors" })
	void anIndexCannotNameFilesElsewhereNorMissingOnes(String file) throws IOException {
		index("{\"weight_map\":{\"a\":\"%s\"}}".formatted(file));
		refuses("(?s).*(tensor 'a' is said to be in|missing.safetensors: this file).*");
	}

	@Test
	void anIndexThatContradictsItsFilesIsRefused() throws IOException {
		new SafetensorsWriter().tensor("a", "F32", GgufWriter.floats(1), 1)
			.write(this.directory.resolve("one.safetensors"));
		index("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}}");
		refuses("(?s).*tensor 'b' should be in one.safetensors, which has no such tensor.*");
		index("{\"weight_map\":[]}");
		refuses("(?s).*index.json: 'weight_map' is \\[\\], not an object.*");
		index("{}");
		refuses("(?s).*'weight_map' is missing.*");
	}

	@Test
	void aDirectoryWithoutWeightsIsRefused() {
		refuses("(?s).*there is neither model.safetensors nor model.safetensors.index.json.*");
	}

	private void refuses(String message) {
		assertThatExceptionOfType(ModelFileException.class)
			.isThrownBy(() -> SafetensorsDirectory.open(this.directory).close())
			.satisfies((ex) -> assertThat(ex.getMessage()).containsPattern(message));
	}

	private Path single() {
		return this.directory.resolve("model.safetensors");
	}

	private void index(String json) throws IOException {
		Files.writeString(this.directory.resolve("model.safetensors.index.json"), json);
	}

	private static SafetensorsWriter small() {
		return new SafetensorsWriter().entry("\"__metadata__\":{\"format\":\"pt\"}")
			.tensor("norm", "F32", GgufWriter.floats(1.0f, -2.5f, 3.0f), 3)
			.tensor("matrix", "BF16", shorts(0x3f80, 0xc000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 2, 3, 2)
			.tensor("half", "F16", shorts(0x3800, 0xbc00), 2, 1)
			.tensor("scalar", "F32", GgufWriter.floats(7.0f));
	}

	private static byte[] shorts(int... values) {
		ByteBuffer buffer = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
		for (int value : values) {
			buffer.putShort((short) value);
		}
		return buffer.array();
	}

}
