package io.llmserving.text;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * What a GGUF file means by the name in {@code tokenizer.ggml.pre}. The patterns are
 * those of the models' own {@code tokenizer.json}.
 *
 * @param patterns cut the text one after the other
 * @param composes whether text is brought to Unicode's composed form first
 * @param ignoresMerges whether a piece that is a token is taken as it is
 * @param addsBos whether a text begins with bos if the file does not say
 */
record GgufPreTokenizer(List<String> patterns, boolean composes, boolean ignoresMerges, boolean addsBos) {

	private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

	private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

	private static final String SYMBOLS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|";

	private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";

	private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

	private static final String DIGIT = "\\p{N}";

	static final String GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

	private static final String LLAMA3_PATTERN = CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|" + SYMBOLS
			+ SPACES;

	private static final String QWEN2_PATTERN = CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|" + SYMBOLS
			+ SPACES;

	private static final String QWEN35_PATTERN = CONTRACTIONS
			+ "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + SPACES;

	private static final String TEKKEN_PATTERN = casedWords("") + "\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES;

	private static final String GPT4O_PATTERN = casedWords(CONTRACTIONS + "?")
			+ "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES;

	private static final GgufPreTokenizer GPT2 = of(GPT2_PATTERN);

	private static final GgufPreTokenizer DIGITS_GPT2 = of(DIGIT, GPT2_PATTERN);

	private static final GgufPreTokenizer CL100K = of(LLAMA3_PATTERN);

	private static final GgufPreTokenizer LLAMA3 = new GgufPreTokenizer(List.of(LLAMA3_PATTERN), false, true, true);

	private static final GgufPreTokenizer QWEN2 = new GgufPreTokenizer(List.of(QWEN2_PATTERN), true, false, false);

	private static final GgufPreTokenizer QWEN35 = new GgufPreTokenizer(List.of(QWEN35_PATTERN), true, false, false);

	private static final GgufPreTokenizer TEKKEN = new GgufPreTokenizer(List.of(TEKKEN_PATTERN), false, true, true);

	private static final GgufPreTokenizer GPT4O = of(GPT4O_PATTERN);

	private static final GgufPreTokenizer DEEPSEEK_CODER = of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+",
			"[\\u4E00-\\u9FA5\\u0800-\\u4E00\\uAC00-\\uD7FF]+", DIGIT);

	private static final GgufPreTokenizer DEEPSEEK_V3 = of("\\p{N}{1,3}",
			"[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+",
			"[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
					+ "| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + SPACES);

	private static final Map<String, GgufPreTokenizer> BY_NAME = Map.ofEntries(Map.entry("default", GPT2),
			Map.entry("gpt-2", GPT2), Map.entry("phi-2", GPT2), Map.entry("smollm", DIGITS_GPT2),
			Map.entry("starcoder", DIGITS_GPT2), Map.entry("refact", DIGITS_GPT2), Map.entry("command-r", DIGITS_GPT2),
			Map.entry("codeshell", DIGITS_GPT2), Map.entry("exaone", DIGITS_GPT2), Map.entry("llama-bpe", LLAMA3),
			Map.entry("llama3", LLAMA3), Map.entry("llama-v3", LLAMA3), Map.entry("falcon3", LLAMA3),
			Map.entry("pixtral", LLAMA3), Map.entry("lfm2", LLAMA3), Map.entry("dbrx", CL100K),
			Map.entry("smaug-bpe", CL100K), Map.entry("glm4", CL100K), Map.entry("chatglm-bpe", CL100K),
			Map.entry("qwen2", QWEN2), Map.entry("deepseek-r1-qwen", QWEN2), Map.entry("qwen35", QWEN35),
			Map.entry("tekken", TEKKEN), Map.entry("gpt-4o", GPT4O), Map.entry("llama4", GPT4O),
			Map.entry("deepseek-coder", DEEPSEEK_CODER), Map.entry("deepseek-v3", DEEPSEEK_V3));

	private static GgufPreTokenizer of(String... patterns) {
		return new GgufPreTokenizer(List.of(patterns), false, false, false);
	}

	private static String casedWords(String ending) {
		String opening = "[^\\r\\n\\p{L}\\p{N}]?";
		return opening + UPPER + "*" + LOWER + "+" + ending + "|" + opening + UPPER + "+" + LOWER + "*" + ending + "|";
	}

	/**
	 * Returns what the name means; GPT-2's for files from before the key existed.
	 */
	static GgufPreTokenizer byName(@Nullable String name) {
		GgufPreTokenizer known = BY_NAME.get((name != null) ? name : "default");
		if (known == null) {
			throw new TokenizerFormatException(
					"The GGUF file's pre-tokenizer (tokenizer.ggml.pre) is \"%s\"; known are %s. ".formatted(name,
							new TreeMap<>(BY_NAME).keySet())
							+ "Use the model's Hugging Face directory with its tokenizer.json instead.");
		}
		return known;
	}

	PreTokenizer preTokenizer() {
		return PreTokenizer.sequence(this.patterns.stream().map(SplitPreTokenizer::isolated).toList());
	}

	Normalizer normalizer() {
		return this.composes ? Normalizer.unicode(java.text.Normalizer.Form.NFC) : Normalizer.NONE;
	}

}
