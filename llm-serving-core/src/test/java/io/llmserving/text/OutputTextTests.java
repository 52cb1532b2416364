package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class OutputTextTests {

	private static final OutputText.Options PLAIN = new OutputText.Options(true, false, 0);

	/** Ids are byte values; 256 is special. */
	private static final TokenBytes BYTES = bytes();

	private static TokenBytes bytes() {
		byte[][] bytes = new byte[257][];
		for (int value = 0; value < 256; value++) {
			bytes[value] = new byte[] { (byte) value };
		}
		bytes[256] = "<end>".getBytes(StandardCharsets.UTF_8);
		BitSet special = new BitSet();
		special.set(256);
		return new TokenBytes(bytes, special, false);
	}

	private static int[] ids(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		int[] ids = new int[bytes.length];
		for (int i = 0; i < ids.length; i++) {
			ids[i] = bytes[i] & 0xFF;
		}
		return ids;
	}

	private static String run(OutputText output, int[] ids) {
		StringBuilder text = new StringBuilder();
		for (int id : ids) {
			if (output.append(id, text)) {
				return text.toString();
			}
		}
		output.finish(text);
		return text.toString();
	}

	private static String run(List<String> stops, OutputText.Options options, String text) {
		return run(new OutputText(BYTES, StopMatcher.of(stops), options), ids(text));
	}

	@Test
	void cutsTextBeforeTheStop() {
		assertThat(run(List.of("STOP"), PLAIN, "one STOP two")).isEqualTo("one ");
	}

	@Test
	void keepsTheStopIfAskedTo() {
		assertThat(run(List.of("STOP"), new OutputText.Options(true, true, 0), "one STOP two")).isEqualTo("one STOP");
	}

	@Test
	void showsNothingThatMayYetBeAStop() {
		OutputText output = new OutputText(BYTES, StopMatcher.of(List.of("STOP")), PLAIN);
		StringBuilder text = new StringBuilder();
		for (int id : ids("a STO")) {
			output.append(id, text);
		}
		assertThat(text).hasToString("a ");
		output.append('x', text);
		assertThat(text).hasToString("a STOx");
	}

	@Test
	void showsWhatWasHeldBackWhenTheTextEndsOtherwise() {
		assertThat(run(List.of("STOP"), PLAIN, "a STO")).isEqualTo("a STO");
	}

	@Test
	void stopsOverAnEmojiThatTokensSplit() {
		assertThat(run(List.of("\uD83D\uDE00!"), PLAIN, "hi \uD83D\uDE01\uD83D\uDE00! there"))
			.isEqualTo("hi \uD83D\uDE01");
	}

	@Test
	void countsAStopStringOnlyAfterTheMinimumOfTokens() {
		assertThat(run(List.of("a"), new OutputText.Options(true, false, 3), "abab")).isEqualTo("abab");
		assertThat(run(List.of("ab"), new OutputText.Options(true, false, 3), "abab")).isEqualTo("ab");
	}

	@Test
	void leavesSpecialTokensOutOfTextAndStopsUnlessTold() {
		int[] ids = { 'a', 256, 'b' };
		assertThat(run(new OutputText(BYTES, StopMatcher.of(List.of("ab")), PLAIN), ids)).isEmpty();
		assertThat(run(new OutputText(BYTES, StopMatcher.of(List.of("<end>")), PLAIN), ids)).isEqualTo("ab");
		OutputText.Options all = new OutputText.Options(false, false, 0);
		assertThat(run(new OutputText(BYTES, StopMatcher.NONE, all), ids)).isEqualTo("a<end>b");
		assertThat(run(new OutputText(BYTES, StopMatcher.of(List.of("end")), all), ids)).isEqualTo("a<");
	}

	@Test
	void endsAnIncompleteCharacterWithAReplacement() {
		assertThat(run(new OutputText(BYTES, StopMatcher.NONE, PLAIN), new int[] { 'a', 0xF0, 0x9F }))
			.isEqualTo("a\uFFFD");
	}

	@Test
	void saysWhichStopEndedItAndTakesNothingMore() {
		OutputText output = new OutputText(BYTES, StopMatcher.of(List.of("x", "b")), PLAIN);
		StringBuilder text = new StringBuilder();
		assertThat(output.append('a', text)).isFalse();
		assertThat(output.stop()).isEqualTo(-1);
		assertThat(output.append('b', text)).isTrue();
		assertThat(output.stop()).isEqualTo(1);
		assertThatIllegalStateException().isThrownBy(() -> output.append('c', text));
		output.finish(text);
		assertThat(text).hasToString("a");
	}

	@ParameterizedTest
	@ValueSource(longs = { 21, 22, 23 })
	void givesTheSameTextForAllTokenizationsOfIt(long seed) {
		System.out.println("seed " + seed);
		Random random = new Random(seed);
		List<String> texts = Goldens.strings("strings").stream().filter((text) -> text.length() > 8).toList();
		for (int round = 0; round < 500; round++) {
			String text = texts.get(random.nextInt(texts.size()));
			int start = text.offsetByCodePoints(0, random.nextInt(text.codePointCount(0, text.length()) - 3));
			int end = text.offsetByCodePoints(start, 1 + random.nextInt(3));
			String stop = text.substring(start, end);
			String expected = text.substring(0, text.indexOf(stop));
			byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
			assertThat(run(List.of(stop), PLAIN, text)).isEqualTo(expected);
			TokenBytes chunks = chunks(bytes, random);
			int[] ids = IntStream.range(0, chunks.size()).toArray();
			OutputText output = new OutputText(chunks, StopMatcher.of(List.of(stop)), PLAIN);
			assertThat(run(output, ids)).isEqualTo(expected);
		}
	}

	private static TokenBytes chunks(byte[] bytes, Random random) {
		List<byte[]> chunks = new ArrayList<>();
		for (int at = 0; at < bytes.length;) {
			int end = Math.min(bytes.length, at + 1 + random.nextInt(7));
			chunks.add(Arrays.copyOfRange(bytes, at, end));
			at = end;
		}
		return new TokenBytes(chunks.toArray(byte[][]::new), new BitSet(), false);
	}

}
