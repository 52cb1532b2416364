package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

import org.jspecify.annotations.Nullable;

/**
 * Builds the tokenizer of a GGUF file.
 */
final class GgufTokenizer {

	private static final String SPACE = "\u2581";

	/** Special tokens of Phi-3 that leave the white space after them alone. */
	private static final Set<String> NEVER_STRIP = Set.of("<unk>", "<s>", "<|endoftext|>");

	private final GgufVocabulary vocabulary;

	private final GgufVocabulary.Settings settings;

	private GgufTokenizer(GgufVocabulary vocabulary) {
		this.vocabulary = vocabulary;
		this.settings = vocabulary.settings();
	}

	static TextTokenizer create(GgufVocabulary vocabulary) {
		GgufTokenizer builder = new GgufTokenizer(vocabulary);
		return switch (vocabulary.model()) {
			case "gpt2" -> builder.byteLevel();
			case "llama" -> builder.sentencePiece();
			default ->
				throw new TokenizerFormatException(("The GGUF file's vocabulary (tokenizer.ggml.model) is of the kind"
						+ " \"%s\"; supported are \"gpt2\" (byte-level BPE) and \"llama\" (SentencePiece BPE)")
					.formatted(vocabulary.model()));
		};
	}

	private TextTokenizer byteLevel() {
		GgufPreTokenizer pre = GgufPreTokenizer.byName(this.vocabulary.pre());
		Map<String, Integer> ids = ids((id) -> !isSpecial(id));
		LongMap merges = Merges.ofList(this.vocabulary.merges(), ids);
		byte[][] bytes = new byte[this.vocabulary.tokens().size()][];
		for (int id = 0; id < bytes.length; id++) {
			String token = this.vocabulary.tokens().get(id);
			bytes[id] = isAdded(id) ? utf8(token) : ByteAlphabet.bytes(token);
		}
		Map<String, Integer> whole = new HashMap<>();
		if (pre.ignoresMerges()) {
			ids.values().forEach((id) -> whole.put(new String(bytes[id], StandardCharsets.UTF_8), id));
		}
		BytePairModel model = new BytePairModel(Symbols.OfBytes.of(ids, Symbols.NONE), merges, whole);
		return assemble(pre.normalizer(), pre.preTokenizer(), model, new TokenBytes(bytes, special(), false),
				pre.addsBos());
	}

	private TextTokenizer sentencePiece() {
		if (this.vocabulary.scores().length == 0) {
			throw new TokenizerFormatException(
					"The GGUF file's vocabulary is of the kind \"llama\" but has no tokenizer.ggml.scores");
		}
		Map<String, Integer> ids = ids((id) -> this.vocabulary.type(id) == GgufVocabulary.NORMAL);
		LongMap merges = Merges.ofScores(ids, this.vocabulary.scores());
		byte[][] bytes = new byte[this.vocabulary.tokens().size()][];
		for (int id = 0; id < bytes.length; id++) {
			bytes[id] = sentencePieceBytes(id);
		}
		int unknown = (this.settings.unknown() != null) ? this.settings.unknown() : Symbols.NONE;
		Symbols symbols = Symbols.OfCharacters.of(ids, ByteTokens.find(ids((id) -> !isAdded(id))), unknown, true);
		boolean prefixed = isTrue(this.settings.addSpacePrefix(), true);
		Normalizer visibleSpaces = Normalizer.replace(" ", SPACE);
		Normalizer normalizer = prefixed ? Normalizer.sequence(List.of(Normalizer.prepend(SPACE), visibleSpaces))
				: visibleSpaces;
		return assemble(normalizer, PreTokenizer.NONE, new BytePairModel(symbols, merges, Map.of()),
				new TokenBytes(bytes, special(), prefixed), true);
	}

	private byte[] sentencePieceBytes(int id) {
		String token = this.vocabulary.tokens().get(id);
		int value = (this.vocabulary.type(id) == GgufVocabulary.BYTE) ? ByteTokens.value(token) : -1;
		if (value >= 0) {
			return new byte[] { (byte) value };
		}
		return utf8(isAdded(id) ? token : token.replace(SPACE, " "));
	}

	private TextTokenizer assemble(Normalizer normalizer, PreTokenizer preTokenizer, BytePairModel model,
			TokenBytes bytes, boolean addsBos) {
		int[] prefix = surrounding(this.settings.bos(), this.settings.addBos(), addsBos);
		int[] suffix = surrounding(this.settings.eos(), this.settings.addEos(), false);
		return new TextTokenizer(new TextTokenizer.Parts(new AddedTokens(added()), normalizer,
				new AddedTokens(List.of()), preTokenizer, model, prefix, suffix, bytes));
	}

	private static int[] surrounding(@Nullable Integer id, @Nullable Boolean wanted, boolean byDefault) {
		return (id != null && isTrue(wanted, byDefault)) ? new int[] { id } : new int[0];
	}

	private static boolean isTrue(@Nullable Boolean value, boolean byDefault) {
		return (value != null) ? value : byDefault;
	}

	/**
	 * Returns the ids that are wanted by their token, the lowest if a token occurs twice.
	 */
	private Map<String, Integer> ids(IntPredicate wanted) {
		List<String> tokens = this.vocabulary.tokens();
		Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
		for (int id = 0; id < tokens.size(); id++) {
			if (wanted.test(id)) {
				ids.putIfAbsent(tokens.get(id), id);
			}
		}
		return ids;
	}

	private List<AddedToken> added() {
		List<AddedToken> added = new ArrayList<>();
		for (int id = 0; id < this.vocabulary.tokens().size(); id++) {
			if (isAdded(id)) {
				String token = this.vocabulary.tokens().get(id);
				boolean special = isSpecial(id);
				boolean strips = special && this.settings.stripAfterSpecial() && !NEVER_STRIP.contains(token);
				added.add(new AddedToken(id, token, special, false, false, strips));
			}
		}
		return added;
	}

	private boolean isAdded(int id) {
		return isSpecial(id) || this.vocabulary.type(id) == GgufVocabulary.USER_DEFINED;
	}

	private boolean isSpecial(int id) {
		int type = this.vocabulary.type(id);
		return type == GgufVocabulary.CONTROL || type == GgufVocabulary.UNKNOWN;
	}

	private BitSet special() {
		BitSet special = new BitSet();
		for (int id = 0; id < this.vocabulary.tokens().size(); id++) {
			special.set(id, isSpecial(id));
		}
		return special;
	}

	private static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
