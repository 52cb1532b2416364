package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.model.ModelConfig.LayerAttention;
import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.weights.ModelFileException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link HuggingFaceConfig} with the spellings that goldens do not have: those
 * of transformers 4, and keys left out.
 */
class HuggingFaceConfigTests {

	private static final String LLAMA = "'architectures':['LlamaForCausalLM'],'hidden_size':64,'num_hidden_layers':2,"
			+ "'num_attention_heads':4,'intermediate_size':96,'max_position_embeddings':512,'vocab_size':256";

	private static final String QWEN = LLAMA.replace("Llama", "Qwen2");

	private static final String PHI = LLAMA.replace("Llama", "Phi3");

	@TempDir
	private Path directory;

	@Test
	void readsRopeScalingAsTransformers4SpellsIt() throws IOException {
		ModelConfig old = read(LLAMA + ",'rope_theta':10000.0,'rope_scaling':{'type':'llama3','factor':8.0,"
				+ "'low_freq_factor':1.0,'high_freq_factor':4.0,'original_max_position_embeddings':64}");
		ModelConfig golden = HuggingFaceConfig.read(Golden.FOLDER.resolve("llama3"), 0);
		assertThat(frequencies(old, 0)).containsExactly(frequencies(golden, 0));
	}

	@Test
	void leavesOutWhatLlamaLeavesOut() throws IOException {
		ModelConfig config = read(LLAMA);
		assertThat(config.keyValueHeads()).isEqualTo(4);
		assertThat(config.headDim()).isEqualTo(16);
		assertThat(config.tied()).isFalse();
		assertThat(config.norm().epsilon()).isEqualTo(1e-6f);
		assertThat(config.norm().added()).isZero();
		assertThat(config.activation()).isEqualTo(ProgramBuilder.SILU);
		assertThat(config.attention().scale()).isEqualTo(0.25f);
		assertThat(windows(config)).containsExactly(0, 0);
		assertThat(frequencies(config, 0)[1]).isCloseTo((float) Math.pow(10000.0, -2.0 / 16), within(1e-7f));
	}

	@Test
	void mistralsWindowIsAbsentOrNull() throws IOException {
		String mistral = LLAMA.replace("Llama", "Mistral") + ",'num_key_value_heads':2";
		assertThat(windows(read(mistral))).containsExactly(4096, 4096);
		assertThat(windows(read(mistral + ",'sliding_window':null"))).containsExactly(0, 0);
		assertThat(windows(read(mistral + ",'sliding_window':32"))).containsExactly(32, 32);
	}

	@Test
	void qwensWindowIsUsedOnlyWhereItIsSwitchedOn() throws IOException {
		String window = QWEN + ",'sliding_window':128,'max_window_layers':1";
		assertThat(windows(read(window))).containsExactly(0, 0);
		assertThat(windows(read(window + ",'use_sliding_window':true"))).containsExactly(0, 128);
		assertThat(windows(
				read(window + ",'use_sliding_window':true,'layer_types':['sliding_attention','full_attention']")))
			.containsExactly(128, 0);
	}

	@Test
	void gemma3BesideAnImageEncoderIsReadFromItsTextConfig() throws IOException {
		ModelConfig config = read("'architectures':['Gemma3ForConditionalGeneration'],'model_type':'gemma3',"
				+ "'text_config':{'hidden_size':2560,'intermediate_size':10240,'model_type':'gemma3_text',"
				+ "'num_hidden_layers':34,'rope_scaling':{'factor':8.0,'rope_type':'linear'},'sliding_window':1024}");
		assertThat(config.architecture()).isEqualTo("gemma3");
		assertThat(config.vocabulary()).isEqualTo(262208);
		assertThat(config.heads()).isEqualTo(8);
		assertThat(config.keyValueHeads()).isEqualTo(4);
		assertThat(config.headDim()).isEqualTo(256);
		assertThat(config.contextLength()).isEqualTo(131072);
		assertThat(config.tied()).isTrue();
		assertThat(config.norm().added()).isOne();
		assertThat(config.attention().scale()).isEqualTo(1.0f / 16);
		assertThat(config.attention().headNorms()).isTrue();
		assertThat(Arrays.copyOf(windows(config), 7)).containsExactly(1024, 1024, 1024, 1024, 1024, 0, 1024);
		assertThat(frequencies(config, 0)[0]).isOne();
		assertThat(frequencies(config, 5)[0]).isEqualTo(1.0f / 8);
		assertThat(frequencies(config, 0)[64]).isCloseTo(1e-2f, within(1e-8f));
		assertThat(frequencies(config, 5)[64]).isCloseTo(1e-3f / 8, within(1e-9f));
	}

	@Test
	void gemma2HasSoftCapsUnlessTheyAreNull() throws IOException {
		String gemma = LLAMA.replace("Llama", "Gemma2") + ",'head_dim':32,'num_key_value_heads':2,"
				+ "'query_pre_attn_scalar':144,'hidden_act':'gelu'";
		ModelConfig config = read(gemma);
		assertThat(config.attention().softCap()).isEqualTo(50.0f);
		assertThat(config.logitCap()).isEqualTo(30.0f);
		assertThat(config.attention().scale()).isEqualTo(1.0f / 12);
		assertThat(config.activation()).isEqualTo(ProgramBuilder.GELU_TANH);
		assertThat(windows(config)).containsExactly(4096, 0);
		assertThat(read(gemma + ",'attn_logit_softcapping':null").attention().softCap()).isZero();
	}

	@Test
	void yarnsMagnitudeIsTheFilesOrThePapers() throws IOException {
		String yarn = "'rope_scaling':{'type':'yarn','factor':4.0,'original_max_position_embeddings':128";
		assertThat(rotation(read(QWEN + "," + yarn + "}"), 0).magnitude())
			.isCloseTo((float) (0.1 * Math.log(4.0) + 1.0), within(1e-7f));
		assertThat(rotation(read(QWEN + "," + yarn + ",'attention_factor':1.5}"), 0).magnitude()).isEqualTo(1.5f);
		assertThat(rotation(read(QWEN + "," + yarn + ",'mscale':1.0,'mscale_all_dim':1.0}"), 0).magnitude()).isOne();
	}

	@Test
	void phi3sOlderNamesOfLongRopeMeanTheSame() throws IOException {
		String factors = "'short_factor':[1,1,1,1,1,1,1,1],'long_factor':[2,2,2,2,2,2,2,2]}";
		for (String type : List.of("su", "yarn", "longrope")) {
			String json = PHI + ",'original_max_position_embeddings':128,'rope_scaling':{'type':'" + type + "',"
					+ factors;
			assertThat(frequencies(read(json), 0)[0]).isEqualTo(0.5f);
			assertThat(frequencies(read(json, 128), 0)[0]).isOne();
			assertThat(rotation(read(json, 128), 0).magnitude())
				.isCloseTo((float) Math.sqrt(1.0 + Math.log(4.0) / Math.log(128.0)), within(1e-7f));
		}
	}

	@Test
	void theArchitectureMayBeGivenByTheModelTypeAlone() throws IOException {
		assertThat(read(LLAMA.replace("'architectures':['LlamaForCausalLM']", "'model_type':'qwen3'")).headDim())
			.isEqualTo(128);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					'LlamaForCausalLM'        | 'FalconForCausalLM'      | the architecture [FalconForCausalLM] is not supported; known are [LlamaForCausalLM
					'hidden_size':64,         | ''                       | 'hidden_size' is missing
					'hidden_size':64          | 'hidden_size':0          | 'hidden_size' is 0, not between 1 and
					'hidden_size':64          | 'hidden_size':6e1        | 'hidden_size' is 60.0, not an integer
					'hidden_size':64          | 'hidden_size':'64'       | 'hidden_size' is "64", not an integer
					'num_hidden_layers':2     | 'num_hidden_layers':2000000000 | 'num_hidden_layers' is 2000000000, not between 1 and 1024
					'num_attention_heads':4   | 'num_attention_heads':4,'num_key_value_heads':3 | 4 query heads cannot share 3 heads
					'vocab_size':256          | 'vocab_size':256,'partial_rotary_factor':0.2 | an odd number of dimensions, 3, is rotated
					'vocab_size':256          | 'vocab_size':256,'rope_theta':0  | the base of the rotary frequencies is 0.0
					'vocab_size':256          | 'vocab_size':256,'rope_scaling':{'type':'dynamic'} | rope scaling of type 'dynamic' is not supported
					'vocab_size':256          | 'vocab_size':256,'rope_scaling':{'type':'linear'} | 'factor' of the rope parameters is missing
					'vocab_size':256          | 'vocab_size':256,'rope_scaling':{'type':'longrope','long_factor':[1],'short_factor':[1]} | 'short_factor' has 1 numbers, 8 pairs are rotated
					'vocab_size':256          | 'vocab_size':256,'quantization_config':{'bits':4} | the weights are quantized
					'vocab_size':256          | 'vocab_size':256,'hidden_act':'relu' | the activation 'relu' is not supported
					'vocab_size':256          | 'vocab_size':            | this is not JSON
					""",
			quoteCharacter = '`')
	void aConfigurationThatCannotBeIsRefusedByFileAndKey(String part, String replacement, String message)
			throws IOException {
		String json = LLAMA.replace(part, replacement.equals("''") ? "" : replacement);
		write(json);
		assertThatExceptionOfType(ModelFileException.class).isThrownBy(() -> HuggingFaceConfig.read(this.directory, 0))
			.withMessageContaining("config.json: ")
			.withMessageContaining(message);
	}

	private ModelConfig read(String json) throws IOException {
		return read(json, 0);
	}

	private ModelConfig read(String json, int contextLength) throws IOException {
		write(json);
		return HuggingFaceConfig.read(this.directory, contextLength);
	}

	private void write(String json) throws IOException {
		Files.writeString(this.directory.resolve("config.json"), "{" + json.replace('\'', '"') + "}");
	}

	private static int[] windows(ModelConfig config) {
		return config.attention().layers().stream().mapToInt(LayerAttention::window).toArray();
	}

	private static Rotation rotation(ModelConfig config, int layer) {
		return config.attention().layers().get(layer).rotation();
	}

	private static float[] frequencies(ModelConfig config, int layer) {
		return rotation(config, layer).frequencies().values();
	}

}
