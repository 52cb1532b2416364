package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.weights.ModelFileException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ModelReader}.
 */
class ModelReaderTests {

	private static final Path LLAMA = Golden.FOLDER.resolve("llama3.gguf");

	@TempDir
	private Path directory;

	@Test
	void saysWhatAModelIs() throws IOException {
		try (OpenModel model = ModelReader.open(LLAMA, 0)) {
			assertThat(model.config().architecture()).isEqualTo("llama");
			assertThat(model.quantization()).isEqualTo("BF16");
			assertThat(model.weightBytes()).isBetween(Files.size(LLAMA) * 9 / 10, Files.size(LLAMA));
			assertThat(model.parameters()).isBetween(model.weightBytes() / 4, model.weightBytes() / 2);
			assertThat(model.sampling().temperature()).isNull();
			assertThat(model.path()).isEqualTo(LLAMA);
		}
	}

	@Test
	void theRevisionIsThatOfTheContent() throws IOException {
		Path copy = Files.copy(LLAMA, this.directory.resolve("copy.gguf"));
		Path other = this.directory.resolve("other.gguf");
		byte[] bytes = Files.readAllBytes(LLAMA);
		bytes[bytes.length - 1] ^= 1;
		Files.write(other, bytes);
		assertThat(revision(copy)).isEqualTo(revision(LLAMA)).hasSize(32);
		assertThat(revision(other)).isNotEqualTo(revision(LLAMA));
	}

	@Test
	void closesTwice() throws IOException {
		OpenModel model = ModelReader.open(LLAMA, 0);
		model.close();
		model.close();
	}

	@Test
	void aFileThatIsNotThereIsNamed() {
		Path path = this.directory.resolve("nothing.gguf");
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> ModelReader.open(path, 0).close())
			.withMessageContaining("nothing.gguf: there is no such file");
	}

	private static String revision(Path path) throws IOException {
		try (OpenModel model = ModelReader.open(path, 0)) {
			return model.revision();
		}
	}

}
