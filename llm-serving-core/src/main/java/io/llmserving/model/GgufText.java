package io.llmserving.model;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.GgufVocabulary;
import io.llmserving.text.TokenizerFormatException;
import io.llmserving.weights.GgufFile;
import io.llmserving.weights.GgufMetadata;
import io.llmserving.weights.ModelFileException;

/**
 * What a GGUF file says about text: its vocabulary and the tokens that end an answer.
 */
final class GgufText {

	private static final String PREFIX = "tokenizer.ggml.";

	private static final int CONTROL = 3;

	private static final List<String> END_KEYS = List.of("eos_token_id", "eot_token_id", "eom_token_id");

	// Files often name the token that ends a document where a chat model ends its turn
	// with another one.
	private static final Set<String> TURN_ENDS = Set.of("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>",
			"<|end|>");

	private final GgufMetadata metadata;

	private final String architecture;

	GgufText(GgufFile file, String architecture) {
		this.metadata = file.metadata();
		this.architecture = architecture;
	}

	/**
	 * Returns the vocabulary.
	 * @throws TokenizerFormatException if there is none or it contradicts itself
	 */
	GgufVocabulary vocabulary() {
		try {
			return read();
		}
		catch (ModelFileException ex) {
			throw new TokenizerFormatException(String.valueOf(ex.getMessage()), ex);
		}
	}

	int[] eos() throws ModelFileException {
		Set<Integer> ids = new LinkedHashSet<>();
		for (String key : END_KEYS) {
			Integer id = id(key);
			if (id != null) {
				ids.add(id);
			}
		}
		String[] tokens = this.metadata.texts(PREFIX + "tokens");
		long[] types = this.metadata.integers(PREFIX + "token_type");
		for (int id = 0; tokens != null && types != null && id < Math.min(tokens.length, types.length); id++) {
			if (types[id] == CONTROL && TURN_ENDS.contains(tokens[id])) {
				ids.add(id);
			}
		}
		return ids.stream().mapToInt(Integer::intValue).toArray();
	}

	private GgufVocabulary read() throws ModelFileException {
		String model = this.metadata.text(PREFIX + "model");
		String[] tokens = this.metadata.texts(PREFIX + "tokens");
		if (model == null || tokens == null) {
			throw new TokenizerFormatException(
					"The GGUF file has no vocabulary (tokenizer.ggml.model and tokenizer.ggml.tokens)");
		}
		double[] scores = this.metadata.numbers(PREFIX + "scores");
		long[] types = this.metadata.integers(PREFIX + "token_type");
		String[] merges = this.metadata.texts(PREFIX + "merges");
		return new GgufVocabulary(model, this.metadata.text(PREFIX + "pre"), Arrays.asList(tokens), floats(scores),
				(types != null) ? Arrays.stream(types).mapToInt((type) -> (int) type).toArray() : new int[0],
				(merges != null) ? Arrays.asList(merges) : List.of(), settings());
	}

	private GgufVocabulary.Settings settings() throws ModelFileException {
		return new GgufVocabulary.Settings(id("bos_token_id"), id("eos_token_id"), id("unknown_token_id"),
				flag("add_bos_token"), flag("add_eos_token"), flag("add_space_prefix"),
				this.architecture.equals("phi3"), this.metadata.text("tokenizer.chat_template"));
	}

	private @Nullable Integer id(String key) throws ModelFileException {
		return this.metadata.has(PREFIX + key) ? this.metadata.required(PREFIX + key) : null;
	}

	private @Nullable Boolean flag(String key) throws ModelFileException {
		return this.metadata.has(PREFIX + key) ? this.metadata.flag(PREFIX + key, false) : null;
	}

	private static float[] floats(double @Nullable [] values) {
		if (values == null) {
			return new float[0];
		}
		float[] floats = new float[values.length];
		for (int i = 0; i < floats.length; i++) {
			floats[i] = (float) values[i];
		}
		return floats;
	}

}
