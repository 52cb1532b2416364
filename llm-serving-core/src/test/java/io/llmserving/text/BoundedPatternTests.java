package io.llmserving.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.api.InvalidRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Patterns and normalizers of models that nobody vouches for.
 */
class BoundedPatternTests {

	private static List<String> find(String regex, String text) {
		List<String> found = new ArrayList<>();
		BoundedPattern.compile(regex).find(text, (start, end) -> found.add(text.substring(start, end)));
		return found;
	}

	@Test
	void matchesThatAreNotEmptyComeInOrder() {
		assertThat(find("a*|b", "aabca")).containsExactly("aa", "a");
		assertThat(find("\\p{Han}+|\\d", "x漢字7")).containsExactly("漢字", "7");
		assertThat(BoundedPattern.compile("a+").replaceAll("aabca", "$1")).isEqualTo("$1bc$1");
		assertThat(BoundedPattern.literal("a+").replaceAll("a+a", "x")).isEqualTo("xa");
	}

	@ParameterizedTest
	@ValueSource(strings = { "(a+)+\\1b", "(.*a){20}b", "a*a*a*a*a*a*b", "(a|aa)+\\1$" })
	void aPatternThatTracksBackWithoutEndGivesUp(String regex) {
		String text = "a".repeat(59) + "!";
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> find(regex, text))
			.withMessageContaining("tracks back");
		assertThatExceptionOfType(InvalidRequestException.class)
			.isThrownBy(() -> BoundedPattern.compile(regex).replaceAll(text, ""));
	}

	@Test
	void aGroupThatRepeatsOverALongTextGivesUpInsteadOfOverflowing() {
		assertThatExceptionOfType(InvalidRequestException.class)
			.isThrownBy(() -> find("(a|b|c)*x", "abc".repeat(100_000)));
	}

	@Test
	void aPatternThatNestsTooDeeplyIsRefused() {
		assertThatExceptionOfType(PatternSyntaxException.class)
			.isThrownBy(() -> BoundedPattern.compile("(".repeat(200_000) + ")".repeat(200_000)));
	}

	@Test
	void theTextsOfPatternsInUseAreLongWithoutGivingUp() {
		String text = "Hello wörld   123\n\n".repeat(20_000);
		List<String> found = find(GgufPreTokenizer.GPT2_PATTERN, text);
		assertThat(String.join("", found)).isEqualTo(text);
		assertThat(find(GgufPreTokenizer.GPT2_PATTERN, " ".repeat(300_000))).hasSize(1);
	}

	@Test
	void normalizersThatMultiplyATextGiveUp() {
		Normalizer twice = Normalizer.replace("a", "aa");
		Normalizer often = Normalizer.sequence(java.util.Collections.nCopies(60, twice));
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> often.apply("aaaa"))
			.withMessageContaining("of a text of 4");
		assertThat(Normalizer.sequence(List.of(twice, twice)).apply("a")).isEqualTo("aaaa");
	}

}
