package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.text.TokenizerFormatException;
import io.llmserving.weights.GgufWriter;
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
	void theRevisionKnowsTheChosenFactorsOfLongRope() throws IOException {
		Path phi3 = Golden.FOLDER.resolve("phi3");
		try (OpenModel shorter = ModelReader.open(phi3, 64); OpenModel longer = ModelReader.open(phi3, 65)) {
			assertThat(shorter.revision()).isNotEqualTo(longer.revision()).isNotEqualTo(revision(phi3));
			assertThat(longer.revision()).isEqualTo(revision(phi3));
		}
	}

	@Test
	void bothFormatsHoldTheSameModel() throws IOException {
		try (OpenModel file = ModelReader.open(Golden.FOLDER.resolve("qwen3.gguf"), 0);
				OpenModel files = ModelReader.open(Golden.FOLDER.resolve("qwen3"), 0)) {
			assertThat(files.parameters()).isEqualTo(file.parameters());
			assertThat(files.config().headDim()).isEqualTo(file.config().headDim());
			assertThat(files.config().contextLength()).isEqualTo(512);
			assertThat(files.eos()).containsExactly(2);
			assertThat(files.quantization()).isEqualTo("BF16");
		}
	}

	@Test
	void aGgufFilesAnswersEndWithEveryEndOfTurn() throws IOException {
		Path path = this.directory.resolve("eos.gguf");
		llama().texts("tokenizer.ggml.tokens", "a", "<|im_end|>", "<end_of_turn>", "<|eot_id|>", "</s>")
			.integers("tokenizer.ggml.token_type", 1, 3, 1, 3, 3)
			.integer("tokenizer.ggml.eos_token_id", 4)
			.integer("tokenizer.ggml.eot_token_id", 3)
			.number("general.sampling.temp", 0.5f)
			.write(path);
		try (OpenModel model = ModelReader.open(path, 0)) {
			assertThat(model.eos()).containsExactly(4, 3, 1);
			assertThat(model.sampling().temperature()).isEqualTo(0.5f);
			assertThat(model.sampling().topP()).isNull();
			assertThat(model.chatTemplate()).isNull();
		}
	}

	@Test
	void aFileWithoutVocabularySaysSoWhenATokenizerIsAskedFor() throws IOException {
		try (OpenModel model = ModelReader.open(LLAMA, 0)) {
			assertThatExceptionOfType(TokenizerFormatException.class).isThrownBy(model::tokenizer)
				.withMessageContaining("tokenizer.ggml.model");
		}
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

	private static GgufWriter llama() {
		return new GgufWriter().text("general.architecture", "llama")
			.integer("llama.block_count", 1)
			.integer("llama.embedding_length", 32)
			.integer("llama.feed_forward_length", 32)
			.integer("llama.attention.head_count", 2)
			.integer("llama.context_length", 128)
			.text("tokenizer.ggml.model", "gpt2")
			.tensor("token_embd.weight", 0, new byte[5 * 32 * 4], 32, 5);
	}

	private static String revision(Path path) throws IOException {
		try (OpenModel model = ModelReader.open(path, 0)) {
			return model.revision();
		}
	}

}
