package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static java.lang.management.ManagementFactory.getThreadMXBean;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class StopMatcherTests {

	private static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	@Test
	void findsAStopAcrossTokens() {
		StopMatcher matcher = StopMatcher.of(List.of("END"));
		int state = matcher.advance(StopMatcher.START, utf8("xxE"));
		assertThat(matcher.heldBack(state)).isEqualTo(1);
		state = matcher.advance(state, utf8("N"));
		assertThat(matcher.heldBack(state)).isEqualTo(2);
		int match = matcher.advance(state, utf8("D..."));
		assertThat(match).isNegative();
		assertThat(matcher.stop(match)).isZero();
		assertThat(matcher.begin(match)).isEqualTo(-2);
		assertThat(matcher.end(match)).isEqualTo(1);
	}

	@Test
	void takesTheStopThatCompletesFirst() {
		StopMatcher matcher = StopMatcher.of(List.of("abcd", "bc"));
		int match = matcher.advance(StopMatcher.START, utf8("abcd"));
		assertThat(matcher.stop(match)).isEqualTo(1);
		assertThat(matcher.begin(match)).isEqualTo(1);
	}

	@Test
	void takesTheFirstOfTheListAmongStopsThatCompleteTogether() {
		for (List<String> stops : List.of(List.of("bc", "abc"), List.of("abc", "bc"))) {
			StopMatcher matcher = StopMatcher.of(stops);
			int match = matcher.advance(StopMatcher.START, utf8("xabc"));
			assertThat(matcher.stop(match)).isZero();
			assertThat(matcher.begin(match)).isEqualTo(4 - stops.getFirst().length());
		}
	}

	@Test
	void takesTheShorterOfTwoStopsOfWhichOneBeginsTheOther() {
		StopMatcher matcher = StopMatcher.of(List.of("stopping", "stop"));
		assertThat(matcher.stop(matcher.advance(StopMatcher.START, utf8("stopping")))).isEqualTo(1);
	}

	@Test
	void ignoresStopsThatCompleteWhilePassingButNotThoseThatBeginThere() {
		StopMatcher matcher = StopMatcher.of(List.of("ab", "cd"));
		int state = matcher.pass(StopMatcher.START, utf8("abc"));
		assertThat(matcher.stop(matcher.advance(state, utf8("d")))).isEqualTo(1);
	}

	@Test
	void findsAndHoldsNothingWithoutStops() {
		StopMatcher matcher = StopMatcher.of(List.of());
		int state = matcher.advance(StopMatcher.START, utf8("anything"));
		assertThat(state).isEqualTo(StopMatcher.START);
		assertThat(matcher.heldBack(state)).isZero();
	}

	@Test
	void refusesAnEmptyStop() {
		assertThatIllegalArgumentException().isThrownBy(() -> StopMatcher.of(List.of("a", "")));
	}

	@ParameterizedTest
	@ValueSource(longs = { 11, 12, 13, 14 })
	void agreesWithSearchingTheTextAtEveryByte(long seed) {
		System.out.println("seed " + seed);
		Random random = new Random(seed);
		for (int round = 0; round < 3000; round++) {
			List<String> stops = new ArrayList<>();
			for (int i = random.nextInt(4); i >= 0; i--) {
				stops.add(word(random, 1 + random.nextInt(5)));
			}
			compare(StopMatcher.of(stops), stops, word(random, 30), random);
		}
	}

	private static String word(Random random, int length) {
		StringBuilder word = new StringBuilder();
		for (int i = 0; i < length; i++) {
			word.append("aabé\uD83D\uDE00".codePoints()
				.skip(random.nextInt(5))
				.mapToObj(Character::toString)
				.findFirst()
				.orElseThrow());
		}
		return word.toString();
	}

	private static void compare(StopMatcher matcher, List<String> stops, String text, Random random) {
		byte[] bytes = utf8(text);
		int state = StopMatcher.START;
		for (int at = 0; at < bytes.length;) {
			int end = Math.min(bytes.length, at + random.nextInt(4));
			byte[] token = Arrays.copyOfRange(bytes, at, end);
			int next = matcher.advance(state, token);
			for (int seen = at + 1; seen <= end; seen++) {
				int expected = completing(stops, bytes, seen);
				if (expected >= 0) {
					assertThat(next).isNegative();
					assertThat(matcher.stop(next)).isEqualTo(stops.indexOf(stops.get(expected)));
					assertThat(at + matcher.end(next)).isEqualTo(seen);
					assertThat(matcher.end(next) - matcher.begin(next)).isEqualTo(utf8(stops.get(expected)).length);
					return;
				}
			}
			assertThat(next).isNotNegative();
			assertThat(matcher.heldBack(next)).isEqualTo(longestBeginning(stops, bytes, end));
			state = next;
			at = end;
		}
	}

	private static int completing(List<String> stops, byte[] bytes, int end) {
		for (int i = 0; i < stops.size(); i++) {
			if (endsWith(bytes, end, utf8(stops.get(i)), utf8(stops.get(i)).length)) {
				return i;
			}
		}
		return -1;
	}

	private static int longestBeginning(List<String> stops, byte[] bytes, int end) {
		int longest = 0;
		for (String stop : stops) {
			for (int length = 1; length < utf8(stop).length; length++) {
				if (length > longest && endsWith(bytes, end, utf8(stop), length)) {
					longest = length;
				}
			}
		}
		return longest;
	}

	private static boolean endsWith(byte[] bytes, int end, byte[] stop, int length) {
		return end >= length && Arrays.equals(bytes, end - length, end, stop, 0, length);
	}

	@Test
	void allocatesNothingPerToken() {
		StopMatcher matcher = StopMatcher.of(List.of("\n\n", "</s>", "Observation:"));
		byte[] token = utf8(" Obser<");
		ThreadMXBean threads = (ThreadMXBean) getThreadMXBean();
		int state = run(matcher, token, 20_000);
		long before = threads.getCurrentThreadAllocatedBytes();
		state += run(matcher, token, 20_000);
		long after = threads.getCurrentThreadAllocatedBytes();
		assertThat(state).isNotNegative();
		assertThat(after - before).isLessThan(1000);
	}

	private static int run(StopMatcher matcher, byte[] token, int times) {
		int state = StopMatcher.START;
		for (int i = 0; i < times; i++) {
			state = matcher.advance(state, token);
		}
		return state;
	}

}
