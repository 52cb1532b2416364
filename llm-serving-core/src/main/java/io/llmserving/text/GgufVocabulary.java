package io.llmserving.text;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The vocabulary of a GGUF file: its keys {@code tokenizer.ggml.*} and
 * {@code tokenizer.chat_template}.
 *
 * @param model the kind of vocabulary ({@code model}): {@code gpt2} or {@code llama}
 * @param pre the name of the pre-tokenizer ({@code pre}), null if the file has none
 * @param tokens the tokens by id, as the file spells them ({@code tokens})
 * @param scores the tokens' scores ({@code scores}), empty if the file has none
 * @param types the tokens' types ({@code token_type}), empty if the file has none
 * @param merges the merges, the most important first ({@code merges}), empty if none
 * @param settings the other keys
 */
public record GgufVocabulary(String model, @Nullable String pre, List<String> tokens, float[] scores, int[] types,
		List<String> merges, Settings settings) {

	static final int NORMAL = 1;

	static final int UNKNOWN = 2;

	static final int CONTROL = 3;

	static final int USER_DEFINED = 4;

	static final int BYTE = 6;

	/**
	 * What is to be done around a text. Null where the file has no such key.
	 *
	 * @param bos the begin-of-sequence token ({@code bos_token_id})
	 * @param eos the end-of-sequence token ({@code eos_token_id})
	 * @param unknown the unknown token ({@code unknown_token_id})
	 * @param addBos whether a text begins with bos ({@code add_bos_token})
	 * @param addEos whether a text ends with eos ({@code add_eos_token})
	 * @param addSpacePrefix whether a space is put before text ({@code add_space_prefix})
	 * @param stripAfterSpecial whether special tokens swallow the white space after them,
	 * which no key says: true for the architecture {@code phi3}
	 * @param chatTemplate the chat template ({@code tokenizer.chat_template})
	 */
	public record Settings(@Nullable Integer bos, @Nullable Integer eos, @Nullable Integer unknown,
			@Nullable Boolean addBos, @Nullable Boolean addEos, @Nullable Boolean addSpacePrefix,
			boolean stripAfterSpecial, @Nullable String chatTemplate) {
	}

	public GgufVocabulary {
		tokens = List.copyOf(tokens);
		merges = List.copyOf(merges);
		if (scores.length != 0 && scores.length != tokens.size()
				|| types.length != 0 && types.length != tokens.size()) {
			throw new TokenizerFormatException("The vocabulary has %d tokens, %d scores and %d token types"
				.formatted(tokens.size(), scores.length, types.length));
		}
		check("bos", settings.bos, tokens.size());
		check("eos", settings.eos, tokens.size());
		check("unknown", settings.unknown, tokens.size());
	}

	private static void check(String name, @Nullable Integer id, int size) {
		if (id != null && (id < 0 || id >= size)) {
			throw new TokenizerFormatException(
					"tokenizer.ggml.%s_token_id is %d, but the vocabulary has %d tokens".formatted(name, id, size));
		}
	}

	int type(int id) {
		return (this.types.length == 0) ? NORMAL : this.types[id];
	}

	/**
	 * Returns the text of a token by its id, null for a null id.
	 */
	public @Nullable String token(@Nullable Integer id) {
		return (id != null) ? this.tokens.get(id) : null;
	}

}
