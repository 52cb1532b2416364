package io.llmserving.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.weights.GgufWriter;
import io.llmserving.weights.ModelFileException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Opens models with damaged configurations and metadata: they are read or refused by
 * name, and nothing else ever happens.
 */
class DamagedModelTests {

	private static final int ROUNDS = 150;

	private final long seed = System.nanoTime();

	private final Random random = new Random(this.seed);

	@TempDir
	private Path directory;

	@BeforeEach
	void copyWeights() throws IOException {
		Files.copy(Golden.FOLDER.resolve("phi3/model.safetensors"), this.directory.resolve("model.safetensors"));
	}

	@Test
	void aDirectoryWithADamagedConfigurationIsReadOrRefused() throws IOException {
		String json = Files.readString(Golden.FOLDER.resolve("phi3/config.json"));
		for (int i = 0; i < ROUNDS; i++) {
			byte[] damaged = json.getBytes(StandardCharsets.UTF_8);
			for (int n = this.random.nextInt(3); n >= 0; n--) {
				damaged[this.random.nextInt(damaged.length)] = (byte) (' ' + this.random.nextInt(95));
			}
			Files.write(this.directory.resolve("config.json"), damaged);
			readOrRefuse(this.directory);
		}
	}

	@Test
	void aDirectoryWithOtherNumbersIsReadOrRefused() throws IOException {
		String[] values = { "0", "-1", "1", "2147483647", "9223372036854775807", "1e300", "0.5", "null", "[]", "{}",
				"\"x\"", "true" };
		String[] lines = Files.readString(Golden.FOLDER.resolve("phi3/config.json")).split("\n");
		for (int i = 0; i < lines.length; i++) {
			for (String value : values) {
				String[] changed = lines.clone();
				changed[i] = lines[i].replaceFirst("(?<=: |^ {6})[^,\\[{]+", value);
				Files.writeString(this.directory.resolve("config.json"), String.join("\n", changed));
				readOrRefuse(this.directory);
			}
		}
	}

	@Test
	void aGgufFileWithDamagedMetadataIsReadOrRefused() throws IOException {
		byte[] file = Files.readAllBytes(Golden.FOLDER.resolve("phi3.gguf"));
		Path path = this.directory.resolve("damaged.gguf");
		for (int i = 0; i < ROUNDS; i++) {
			byte[] damaged = file.clone();
			for (int n = this.random.nextInt(3); n >= 0; n--) {
				damaged[this.random.nextInt(3000)] = (byte) this.random.nextInt();
			}
			Files.write(path, damaged);
			readOrRefuse(path);
		}
	}

	@Test
	void aTensorOfAnotherShapeIsNamedWithFileAndOffset() throws IOException {
		String json = Files.readString(Golden.FOLDER.resolve("phi3/config.json"));
		Files.writeString(this.directory.resolve("config.json"),
				json.replace("\"vocab_size\": 256", "\"vocab_size\": 257"));
		try (OpenModel model = ModelReader.open(this.directory, 0)) {
			assertThatExceptionOfType(ModelFileException.class).isThrownBy(model::program)
				.withMessageMatching(".*/model.safetensors: tensor 'model.embed_tokens.weight' at offset \\d+"
						+ " is 256 x 64, the configuration asks for 257 x 64");
		}
	}

	@Test
	void aMissingTensorIsNamed() throws IOException {
		String json = Files.readString(Golden.FOLDER.resolve("phi3/config.json"));
		Files.writeString(this.directory.resolve("config.json"),
				json.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
		try (OpenModel model = ModelReader.open(this.directory, 0)) {
			assertThatExceptionOfType(ModelFileException.class).isThrownBy(model::program)
				.withMessageContaining("tensor 'model.layers.2.input_layernorm.weight' is missing");
		}
	}

	@Test
	void aBiasThatTheArchitectureHasCannotBeMissing() throws IOException {
		byte[] file = Files.readAllBytes(Golden.FOLDER.resolve("qwen2/model.safetensors"));
		String header = new String(file, StandardCharsets.ISO_8859_1).replace("layers.1.self_attn.k_proj.bias",
				"layers.1.self_attn.x_proj.bias");
		Files.write(this.directory.resolve("model.safetensors"), header.getBytes(StandardCharsets.ISO_8859_1));
		Files.copy(Golden.FOLDER.resolve("qwen2/config.json"), this.directory.resolve("config.json"));
		try (OpenModel model = ModelReader.open(this.directory, 0)) {
			assertThatExceptionOfType(ModelFileException.class).isThrownBy(model::program)
				.withMessageContaining("tensor 'model.layers.1.self_attn.k_proj.bias' is missing");
		}
	}

	@Test
	void anUnknownArchitectureOfAGgufFileIsNamed() throws IOException {
		Path path = new GgufWriter().text("general.architecture", "rwkv").write(this.directory.resolve("rwkv.gguf"));
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> ModelReader.open(path, 0).close())
			.withMessageContaining("rwkv.gguf: the architecture 'rwkv' is not supported; known are [llama, ");
	}

	@Test
	void aPartOfASplitGgufFileIsRefused() throws IOException {
		Path path = new GgufWriter().text("general.architecture", "llama")
			.integer("split.count", 3)
			.write(this.directory.resolve("model-00001-of-00003.gguf"));
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> ModelReader.open(path, 0).close())
			.withMessageContaining("this is one of 3 parts of a model");
	}

	private void readOrRefuse(Path path) throws IOException {
		try (OpenModel model = ModelReader.open(path, 0)) {
			assertThat(model.program().ops()).as("seed %d", this.seed).isNotEmpty();
			assertThat(model.eos()).isNotNull();
		}
		catch (ModelFileException ex) {
			assertThat(ex).as("seed %d", this.seed).hasMessageContaining(path.getFileName().toString());
		}
	}

}
