package io.llmserving.decoding;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.Tokenizer;
import io.llmserving.decoding.StopRules.Verdict;
import io.llmserving.text.TokenBytes;

import static io.llmserving.decoding.StopRules.Verdict.CONTINUES;
import static io.llmserving.decoding.StopRules.Verdict.EOS;
import static io.llmserving.decoding.StopRules.Verdict.LIMIT;
import static io.llmserving.decoding.StopRules.Verdict.STOP_STRING;
import static io.llmserving.decoding.StopRules.Verdict.STOP_TOKEN;
import static org.assertj.core.api.Assertions.assertThat;

class StopRulesTests {

	/** Ids are character codes; 1 and 2 end a text, 3 is another special token. */
	private static final TokenBytes BYTES = TokenBytes.of(new Tokenizer() {

		@Override
		public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
			return text.chars().toArray();
		}

		@Override
		public String decode(int[] ids, boolean skipSpecial) {
			return new String(ids, 0, ids.length);
		}

		@Override
		public byte[] bytes(int id) {
			return isSpecial(id) ? "<s>".getBytes(StandardCharsets.UTF_8) : new byte[] { (byte) id };
		}

		@Override
		public boolean isSpecial(int id) {
			return id < 4;
		}

		@Override
		public int vocabularySize() {
			return 128;
		}

		@Override
		public int[] encodeChat(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
			throw new UnsupportedOperationException();
		}

	});

	private static List<Verdict> run(int[] tokens, int maxTokens, Consumer<SamplingParameters.Builder> settings) {
		SamplingParameters.Builder sampling = SamplingParameters.builder();
		settings.accept(sampling);
		StopRules.Progress progress = new StopRules(sampling.build(), new int[] { 2, 1 }, maxTokens, BYTES).start();
		List<Verdict> verdicts = new ArrayList<>();
		for (int token : tokens) {
			verdicts.add(progress.accept(token));
			if (verdicts.get(verdicts.size() - 1) != CONTINUES) {
				break;
			}
		}
		return verdicts;
	}

	@Test
	void everyEndOfSequenceTokenOfTheModelEndsAChoice() {
		assertThat(run(new int[] { 'a', 1 }, 9, (s) -> {
		})).containsExactly(CONTINUES, EOS);
		assertThat(run(new int[] { 2 }, 9, (s) -> {
		})).containsExactly(EOS);
	}

	@Test
	void ignoringThemDoesNotIgnoreStopTokens() {
		assertThat(run(new int[] { 1, 'x' }, 9, (s) -> s.ignoreEos(true).stopTokenIds(List.of((int) 'x'))))
			.containsExactly(CONTINUES, STOP_TOKEN);
	}

	@Test
	void aTokenThatIsBothCountsAsEndOfSequence() {
		assertThat(run(new int[] { 2 }, 9, (s) -> s.stopTokenIds(List.of(2)))).containsExactly(EOS);
	}

	@Test
	void stopStringsMatchOverTokenBorders() {
		assertThat(run(new int[] { 'a', 'b', 'c' }, 9, (s) -> s.stop("zz", "bc"))).containsExactly(CONTINUES, CONTINUES,
				STOP_STRING);
	}

	@Test
	void stopStringsAreNotCheckedBeforeTheLeastNumberOfTokens() {
		assertThat(run(new int[] { 'a', 'b', 'a', 'b' }, 9, (s) -> s.minTokens(2).stop("ab")))
			.containsExactly(CONTINUES, CONTINUES, CONTINUES, STOP_STRING);
	}

	@Test
	void aStopStringMayBeginBeforeTheLeastNumberOfTokens() {
		assertThat(run(new int[] { 'a', 'b', 'c' }, 9, (s) -> s.minTokens(2).stop("bc"))).containsExactly(CONTINUES,
				CONTINUES, STOP_STRING);
	}

	@Test
	void aStopStringAtTheLastTokenIsAStop() {
		assertThat(run(new int[] { 'a', 'b' }, 2, (s) -> s.stop("ab"))).containsExactly(CONTINUES, STOP_STRING);
		assertThat(run(new int[] { 'a', 'c' }, 2, (s) -> s.stop("ab"))).containsExactly(CONTINUES, LIMIT);
	}

	@Test
	void specialTokensTakePartInTheTextOnlyIfAskedFor() {
		assertThat(run(new int[] { 'a', 3, 'b' }, 9, (s) -> s.stop("ab"))).containsExactly(CONTINUES, CONTINUES,
				STOP_STRING);
		assertThat(run(new int[] { 'a', 3, 'b' }, 3, (s) -> s.stop("ab").skipSpecialTokens(false)))
			.containsExactly(CONTINUES, CONTINUES, LIMIT);
		assertThat(run(new int[] { 'a', 3 }, 9, (s) -> s.stop("<s>").skipSpecialTokens(false)))
			.containsExactly(CONTINUES, STOP_STRING);
	}

}
