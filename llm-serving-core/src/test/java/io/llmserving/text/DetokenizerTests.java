package io.llmserving.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class DetokenizerTests {

	private static final List<String> TEXTS = Goldens.strings("strings");

	private static String whole(byte[] bytes) {
		return chunked(bytes, bytes.length + 1, new Random(0));
	}

	private static String chunked(byte[] bytes, int longest, Random random) {
		Detokenizer detokenizer = new Detokenizer(false);
		StringBuilder text = new StringBuilder();
		for (int at = 0; at < bytes.length;) {
			int end = Math.min(bytes.length, at + random.nextInt(longest) + 1);
			StringBuilder part = new StringBuilder();
			detokenizer.append(bytes, at, end, part);
			if (!part.isEmpty()) {
				assertThat(Character.isLowSurrogate(part.charAt(0))).isFalse();
				assertThat(Character.isHighSurrogate(part.charAt(part.length() - 1))).isFalse();
			}
			text.append(part);
			at = end;
		}
		detokenizer.finish(text);
		return text.toString();
	}

	@Test
	void givesBackEveryTextAtEveryChunking() {
		for (String text : TEXTS) {
			byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
			for (int longest = 1; longest < 6; longest++) {
				assertThat(chunked(bytes, longest, new Random(longest))).isEqualTo(text);
			}
		}
	}

	@ParameterizedTest
	@CsvSource(nullValues = "-",
			value = { "c3,1", "e282,1", "f09f98,1", "80,1", "c0af,2", "eda080,3", "f4908080,4", "f0808080,4",
					"e28228,1", "f09f9841,1", "c3c3a9,1", "ff,1", "fe80,2", "e0809f,3", "f0908041,1", "f888808080,5" })
	void replacesEachMaximalPartOfAMalformedSequenceOnce(String hex, int replacements) {
		String text = whole(HexFormat.of().parseHex(hex));
		assertThat(text.chars().filter((character) -> character == 0xFFFD).count()).isEqualTo(replacements);
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3 })
	void decodesArbitraryBytesTheSameAtEveryChunking(long seed) {
		System.out.println("seed " + seed);
		Random random = new Random(seed);
		for (int round = 0; round < 2000; round++) {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			for (int part = 0; part < 6; part++) {
				byte[] good = TEXTS.get(random.nextInt(TEXTS.size())).getBytes(StandardCharsets.UTF_8);
				bytes.write(good, 0, Math.min(good.length, random.nextInt(9)));
				bytes.write(random.nextInt(256));
			}
			String whole = whole(bytes.toByteArray());
			assertThat(chunked(bytes.toByteArray(), 1 + random.nextInt(5), random)).isEqualTo(whole);
			// Java's decoder gives one replacement where the standard gives three for a
			// surrogate.
			if (!containsSurrogate(bytes.toByteArray())) {
				assertThat(whole).isEqualTo(bytes.toString(StandardCharsets.UTF_8));
			}
		}
	}

	private static boolean containsSurrogate(byte[] bytes) {
		for (int i = 0; i + 1 < bytes.length; i++) {
			if ((bytes[i] & 0xFF) == 0xED && (bytes[i + 1] & 0xFF) >= 0xA0) {
				return true;
			}
		}
		return false;
	}

	@Test
	void dropsOneSpaceBeforeAWholeTextOnly() {
		Detokenizer detokenizer = new Detokenizer(true);
		StringBuilder text = new StringBuilder();
		detokenizer.append(new byte[0], text);
		detokenizer.append("  a".getBytes(StandardCharsets.UTF_8), text);
		detokenizer.append(" b".getBytes(StandardCharsets.UTF_8), text);
		assertThat(text).hasToString(" a b");
	}

}
