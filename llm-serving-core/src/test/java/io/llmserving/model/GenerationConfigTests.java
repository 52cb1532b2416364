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
 * Tests for {@link GenerationConfig}.
 */
class GenerationConfigTests {

	@TempDir
	private Path directory;

	@Test
	void readsTheEndsOfAnswersAndSampling() throws IOException {
		write("generation_config.json",
				"{'eos_token_id':[7,9],'temperature':0.6,'top_p':0.95,'top_k':20,'repetition_penalty':1.05}");
		write("config.json", "{'eos_token_id':3}");
		GenerationConfig config = GenerationConfig.read(this.directory, 10);
		assertThat(config.eos()).containsExactly(7, 9);
		assertThat(config.sampling().temperature()).isEqualTo(0.6f);
		assertThat(config.sampling().topP()).isEqualTo(0.95f);
		assertThat(config.sampling().topK()).isEqualTo(20);
		assertThat(config.sampling().repetitionPenalty()).isEqualTo(1.05f);
		assertThat(config.sampling().minP()).isNull();
	}

	@Test
	void fallsBackToTheModelsConfiguration() throws IOException {
		write("config.json", "{'eos_token_id':3}");
		assertThat(GenerationConfig.read(this.directory, 10).eos()).containsExactly(3);
		write("config.json", "{'eos_token_id':null,'text_config':{'eos_token_id':[1]}}");
		assertThat(GenerationConfig.read(this.directory, 10).eos()).containsExactly(1);
		write("config.json", "{}");
		assertThat(GenerationConfig.read(this.directory, 10).eos()).isEmpty();
	}

	@Test
	void addsTheTokenizersOwnEnd() throws IOException {
		write("config.json", "{'eos_token_id':3}");
		write("tokenizer_config.json", "{'eos_token':'<|im_end|>','added_tokens_decoder':"
				+ "{'2':{'content':'<s>'},'5':{'content':'<|im_end|>','special':true}}}");
		assertThat(GenerationConfig.read(this.directory, 10).eos()).containsExactly(3, 5);
		write("tokenizer_config.json",
				"{'eos_token':{'content':'<s>'},'added_tokens_decoder':{'2':{'content':'<s>'}}}");
		assertThat(GenerationConfig.read(this.directory, 10).eos()).containsExactly(3, 2);
	}

	@Test
	void anEndOutsideTheVocabularyIsRefused() throws IOException {
		write("generation_config.json", "{'eos_token_id':[7,10]}");
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> GenerationConfig.read(this.directory, 10))
			.withMessageContaining("generation_config.json: 'eos_token_id' is 10, the vocabulary has 10 tokens");
	}

	@Test
	void aValueThatIsNoNumberIsRefused() throws IOException {
		write("generation_config.json", "{'temperature':'hot'}");
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> GenerationConfig.read(this.directory, 10))
			.withMessageContaining("generation_config.json: 'temperature' is \"hot\", not a number");
		write("generation_config.json", "{'top_k':5000000000}");
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> GenerationConfig.read(this.directory, 10))
			.withMessageContaining("'top_k' is 5000000000");
	}

	private void write(String file, String json) throws IOException {
		Files.writeString(this.directory.resolve(file), json.replace('\'', '"'));
	}

}
