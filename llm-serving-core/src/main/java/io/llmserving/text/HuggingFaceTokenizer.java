package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Builds the tokenizer of a {@code tokenizer.json} whose model is BPE, byte-level or in
 * SentencePiece's manner. What cannot be done exactly is refused by name.
 */
final class HuggingFaceTokenizer {

	private final JsonNode root;

	private final JsonNode config;

	private final JsonNode model;

	private final Map<String, Integer> vocabulary = new HashMap<>();

	private HuggingFaceTokenizer(JsonNode root, JsonNode config) {
		this.root = root;
		this.config = config;
		this.model = root.path("model");
	}

	static TextTokenizer read(Path directory) {
		Path file = directory.resolve("tokenizer.json");
		JsonNode root = JsonFiles.read(file);
		JsonNode config = JsonFiles.readIfPresent(directory.resolve("tokenizer_config.json"));
		try {
			return new HuggingFaceTokenizer(root, config).create();
		}
		catch (TokenizerFormatException | JacksonException ex) {
			// Jackson's own complaint is of a value that is none of its type, such as an
			// id of 30 digits.
			throw new TokenizerFormatException(file + ": " + ex.getMessage(), ex);
		}
	}

	private TextTokenizer create() {
		requireBytePairs();
		this.model.path("vocab")
			.properties()
			.forEach((entry) -> this.vocabulary.put(entry.getKey(), id(entry.getValue())));
		HuggingFacePreTokenizer pre = HuggingFacePreTokenizer.of(this.root.path("pre_tokenizer"));
		Normalizer normalizer = HuggingFaceNormalizer.of(this.root.path("normalizer"));
		List<AddedToken> raw = new ArrayList<>();
		List<AddedToken> normalized = new ArrayList<>();
		for (JsonNode node : this.root.path("added_tokens").values()) {
			addedToken(node, normalizer, raw, normalized);
		}
		List<AddedToken> all = new ArrayList<>(raw);
		all.addAll(normalized);
		TokenBytes bytes = tokenBytes(all);
		HuggingFaceSurrounding around = HuggingFaceSurrounding.of(this.root.path("post_processor"), this.config,
				(token) -> idOf(token, all));
		return new TextTokenizer(new TextTokenizer.Parts(new AddedTokens(raw), normalizer, new AddedTokens(normalized),
				pre.preTokenizer(), bytePairs(pre.byteLevel()), around.prefix(), around.suffix(), bytes));
	}

	private static int id(JsonNode node) {
		int id = node.isIntegralNumber() ? node.asInt() : -1;
		if (id < 0 || id > 1 << 24) {
			throw new TokenizerFormatException("\"%s\" is not a token id".formatted(node));
		}
		return id;
	}

	private void requireBytePairs() {
		String type = this.model.path("type").asString(this.model.has("merges") ? "BPE" : "");
		if (!type.equals("BPE")) {
			throw new TokenizerFormatException("a model of type \"%s\" is not supported, only \"BPE\"".formatted(type));
		}
		for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
			if (!this.model.path(affix).asString("").isEmpty()) {
				throw new TokenizerFormatException("BPE with \"%s\" is not supported".formatted(affix));
			}
		}
	}

	/**
	 * Sorts an added token by where it is found. Special ones are found in the text as it
	 * stands, because only there is it known which parts are trusted.
	 */
	private static void addedToken(JsonNode node, Normalizer normalizer, List<AddedToken> raw,
			List<AddedToken> normalized) {
		String content = node.path("content").asString("");
		boolean special = node.path("special").asBoolean(false);
		boolean inNormalized = node.path("normalized").asBoolean(!special) && !special;
		AddedToken token = new AddedToken(id(node.path("id")), inNormalized ? normalizer.apply(content) : content,
				special, node.path("single_word").asBoolean(false), node.path("lstrip").asBoolean(false),
				node.path("rstrip").asBoolean(false));
		(inNormalized ? normalized : raw).add(token);
	}

	private @Nullable Integer idOf(String token, List<AddedToken> added) {
		for (AddedToken candidate : added) {
			if (candidate.content().equals(token)) {
				return candidate.id();
			}
		}
		return this.vocabulary.get(token);
	}

	private BytePairModel bytePairs(boolean byteLevel) {
		String unknownToken = this.model.path("unk_token").asString("");
		int unknown = unknownToken.isEmpty() ? Symbols.NONE : this.vocabulary.getOrDefault(unknownToken, Symbols.NONE);
		boolean fallback = this.model.path("byte_fallback").asBoolean(false);
		Symbols symbols = byteLevel ? Symbols.OfBytes.of(this.vocabulary, unknown)
				: Symbols.OfCharacters.of(this.vocabulary,
						fallback ? ByteTokens.find(this.vocabulary) : ByteTokens.none(), unknown,
						this.model.path("fuse_unk").asBoolean(false));
		Map<String, Integer> whole = new HashMap<>();
		if (this.model.path("ignore_merges").asBoolean(false)) {
			this.vocabulary.forEach((token, id) -> whole
				.put(byteLevel ? new String(ByteAlphabet.bytes(token), StandardCharsets.UTF_8) : token, id));
		}
		return new BytePairModel(symbols, merges(), whole);
	}

	/**
	 * Reads merges in either of their two spellings: "a b" or ["a", "b"].
	 */
	private LongMap merges() {
		JsonNode merges = this.model.path("merges");
		if (merges.isEmpty() || merges.get(0).isString()) {
			return Merges.ofList(merges.values().stream().map(JsonNode::asString).toList(), this.vocabulary);
		}
		LongMap table = new LongMap(merges.size());
		int rank = 0;
		for (JsonNode merge : merges.values()) {
			Merges.add(table, rank++, merge.path(0).asString(""), merge.path(1).asString(""), this.vocabulary);
		}
		return table;
	}

	private TokenBytes tokenBytes(List<AddedToken> added) {
		int size = 0;
		for (int id : this.vocabulary.values()) {
			size = Math.max(size, id + 1);
		}
		for (AddedToken token : added) {
			size = Math.max(size, token.id() + 1);
		}
		byte[][] bytes = new byte[size][];
		Arrays.fill(bytes, new byte[0]);
		HuggingFaceDecoder decoder = HuggingFaceDecoder.of(this.root.path("decoder"));
		this.vocabulary.forEach((token, id) -> bytes[id] = decoder.bytes(token));
		BitSet special = new BitSet();
		for (JsonNode node : this.root.path("added_tokens").values()) {
			int id = id(node.path("id"));
			bytes[id] = node.path("content").asString("").getBytes(StandardCharsets.UTF_8);
			special.set(id, node.path("special").asBoolean(false));
		}
		return new TokenBytes(bytes, special, decoder.leadingSpace());
	}

}
