package io.llmserving.text;

import java.util.List;
import java.util.stream.Stream;

import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tokenizers against what transformers and sentencepiece recorded.
 */
class TokenizerGoldenTests {

	private static final JsonNode GOLDENS = Goldens.read("goldens.json.gz");

	private static final List<String> TEXTS = Goldens.strings("strings");

	private static final List<String> SPECIAL_TEXTS = Goldens.strings("special");

	static Stream<Arguments> tokenizers() {
		Stream<Arguments> directories = Stream.of("gpt2", "llama3", "qwen2", "sp-llama", "sp-gemma")
			.map((name) -> Arguments.of(name, "tokenizer.json", TextTokenizers.fromDirectory(Goldens.directory(name))));
		Stream<Arguments> files = Stream.of("smollm2", "sp-llama", "sp-gemma")
			.map((name) -> Arguments.of(name, "GGUF", TextTokenizers.fromGguf(Goldens.gguf(name))));
		Stream<Arguments> pretokenizers = Stream.of("qwen35", "tekken", "gpt-4o", "deepseek-coder", "deepseek-v3")
			.map((pre) -> inGguf(pre, "qwen2", pre, false));
		return Stream
			.of(directories, files, pretokenizers, Stream.of(inGguf("gpt2", "gpt2", "gpt-2", null),
					inGguf("llama3", "llama3", "llama-bpe", null), inGguf("qwen2", "qwen2", "qwen2", null)))
			.flatMap((each) -> each);
	}

	private static Arguments inGguf(String golden, String directory, String pre, @Nullable Boolean addBos) {
		return Arguments.of(golden, "GGUF", TextTokenizers.fromGguf(Goldens.ggufOfDirectory(directory, pre, addBos)));
	}

	@ParameterizedTest(name = "{0} from {1}")
	@MethodSource("tokenizers")
	void encodesEveryTextAsTransformersDoes(String golden, String source, TextTokenizer tokenizer) {
		JsonNode recorded = GOLDENS.path(golden);
		int every = recorded.path("every").asInt();
		SoftAssertions softly = new SoftAssertions();
		for (int i = 0; i * every < TEXTS.size(); i++) {
			String text = TEXTS.get(i * every);
			softly.assertThat(tokenizer.encode(text, false, false))
				.as("%s", text)
				.isEqualTo(Goldens.ints(recorded.path("ids").path(i)));
		}
		softly.assertAll();
		assertThat(recorded.path("ids").size() * every).isGreaterThanOrEqualTo(TEXTS.size()).isGreaterThan(1000);
	}

	@ParameterizedTest(name = "{0} from {1}")
	@MethodSource("tokenizers")
	void addsAndParsesSpecialTokensAsTransformersDoes(String golden, String source, TextTokenizer tokenizer) {
		JsonNode recorded = GOLDENS.path(golden).path("special");
		SoftAssertions softly = new SoftAssertions();
		for (int i = 0; i < SPECIAL_TEXTS.size(); i++) {
			for (int way = 0; way < 4; way++) {
				boolean adds = way % 2 == 1;
				softly.assertThat(tokenizer.encode(SPECIAL_TEXTS.get(i), adds, way >= 2))
					.as("%s, adding: %s, parsing: %s", SPECIAL_TEXTS.get(i), adds, way >= 2)
					.isEqualTo(Goldens.ints(recorded.path(i).path(way)));
			}
		}
		softly.assertAll();
	}

	@ParameterizedTest(name = "{0} from {1}")
	@MethodSource("tokenizers")
	void decodesAsTransformersDoes(String golden, String source, TextTokenizer tokenizer) {
		SoftAssertions softly = new SoftAssertions();
		for (JsonNode decoded : GOLDENS.path(golden).path("decoded").values()) {
			int[] ids = Goldens.ints(decoded.path(0));
			softly.assertThat(tokenizer.decode(ids, false))
				.as("%s", decoded.path(0))
				.isEqualTo(decoded.path(1).asString());
			softly.assertThat(tokenizer.decode(ids, true))
				.as("%s", decoded.path(0))
				.isEqualTo(decoded.path(2).asString());
		}
		softly.assertAll();
	}

	@ParameterizedTest
	@ValueSource(strings = { "sp-llama", "sp-gemma" })
	void encodesEveryTextAsSentencePieceDoes(String golden) {
		TextTokenizer tokenizer = TextTokenizers.fromGguf(Goldens.gguf(golden));
		SoftAssertions softly = new SoftAssertions();
		for (int i = 0; i < TEXTS.size(); i++) {
			// User-defined tokens of spaces are found in spaces alone, not, as
			// SentencePiece
			// has it, in the character that stands for a space; transformers does the
			// same.
			if (golden.equals("sp-gemma") && TEXTS.get(i).contains("\u2581")) {
				continue;
			}
			softly.assertThat(tokenizer.encode(TEXTS.get(i), false, false))
				.as("%s", TEXTS.get(i))
				.isEqualTo(Goldens.ints(GOLDENS.path(golden).path("sentencepiece").path(i)));
		}
		softly.assertAll();
	}

	@Test
	void tokenizesDigitsOfSmolLm2OneByOne() {
		TextTokenizer tokenizer = TextTokenizers.fromGguf(Goldens.gguf("smollm2"));
		assertThat(tokenizer.encode("\n\n7", false, false)).containsExactly(1116, 39);
		assertThat(tokenizer.encode("  7", false, false)).containsExactly(256, 39);
		assertThat(tokenizer.encode("½ ² ٣٤", false, false)).containsExactly(16738, 216, 19133, 216, 164, 113, 164,
				114);
		assertThat(tokenizer.encode("Hello world, how are you?", false, false)).containsExactly(19556, 905, 28, 638,
				359, 346, 47);
	}

}
