package io.llmserving.autoconfigure.openai;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.Channel;
import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.Timings;
import io.llmserving.api.TokenInfo;
import io.llmserving.api.TokenInfo.TopLogprob;
import io.llmserving.api.Usage;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Answers whose tokens are chosen by hand: halves of characters, ties, impossible tokens,
 * and every kind of end.
 */
class AnswerWriterTests {

	private static final AnswerIdentity IDENTITY = new AnswerIdentity("cmpl-1", 1, "m", () -> null);

	private static final byte[] HALF = { (byte) 0xf0, (byte) 0x9f };

	private static final byte[] OTHER_HALF = { (byte) 0xf0, (byte) 0x9e };

	private static final byte[] REST = { (byte) 0x98, (byte) 0x80 };

	@Test
	void halvesOfACharacterKeepTheirExactBytesInChatLogprobs() {
		AnswerWriter writer = new ChatWriter(IDENTITY, style(2, false, false));
		writer.collect(0, started(null));
		writer.collect(0, delta("", token(7, HALF, -0.25f, top(7, HALF, -0.25f), top(8, REST, -2))));
		writer.collect(0, delta("😀", token(8, REST, -0.5f, top(8, REST, -0.5f), top(9, bytes("x"), -3))));
		JsonNode content = json(writer).at("/choices/0/logprobs/content");
		assertThat(content.get(0).get("bytes").toString()).isEqualTo("[240,159]");
		assertThat(content.get(0).get("token").asString()).isEqualTo("\ufffd");
		assertThat(content.get(0).get("top_logprobs")).hasSize(2);
		assertThat(content.get(1).at("/top_logprobs/1/logprob").doubleValue()).isEqualTo(-3);
		assertThat(json(writer).at("/choices/0/message/content").asString()).isEqualTo("😀");
	}

	@Test
	void offsetsCountCodePointsAndTheSecondHalfOfACharacterTakesNone() {
		AnswerWriter writer = new CompletionWriter(IDENTITY, style(0, false, false), 1, (ids) -> "");
		writer.collect(0, started(null));
		writer.collect(0, delta("😀é!", token(7, HALF, -1), token(8, REST, -1), token(9, bytes("é"), -1),
				token(10, bytes("!"), -1)));
		assertThat(json(writer).at("/choices/0/logprobs/text_offset").toString()).isEqualTo("[0,1,1,2]");
	}

	@Test
	void offsetsOfAStreamGoOnOverItsChunks() {
		AnswerWriter writer = new CompletionWriter(IDENTITY, style(0, true, false), 1, (ids) -> "<s>é");
		String first = writer.frames(0,
				started(new PromptLogprobs(List.of(token(1, bytes("<s>"), Float.NaN), token(2, bytes("é"), -1)))));
		String second = writer.frames(0, delta("a", token(3, bytes("a"), -1)));
		String third = writer.frames(0, delta("b", token(4, bytes("b"), -1)));
		assertThat(first).contains("\"text_offset\":[0,3]");
		assertThat(second).contains("\"text_offset\":[4]");
		assertThat(third).contains("\"text_offset\":[5]");
	}

	@Test
	void theTakenTokenJoinsTheBestOnesOnceAndEqualTextsShareAKey() {
		AnswerWriter writer = new CompletionWriter(IDENTITY, style(2, false, false), 1, (ids) -> "");
		writer.collect(0, started(null));
		writer.collect(0, delta("c",
				token(3, bytes("c"), -4, top(1, bytes("a"), -1), top(2, bytes("b"), -2), top(9, bytes("z"), -9))));
		writer.collect(0, delta("", token(7, HALF, -2, top(8, OTHER_HALF, -1), top(7, HALF, -2))));
		assertThat(json(writer).at("/choices/0/logprobs/top_logprobs").toString())
			.isEqualTo("[{\"a\":-1.0,\"b\":-2.0,\"c\":-4.0},{\"\ufffd\":-1.0}]");
	}

	@Test
	void anEchoedTokenAndItsAlternativeAreOneAndTheSameFloat() {
		float logprob = -0.123456789f;
		AnswerWriter writer = new CompletionWriter(IDENTITY, style(1, true, false), 1, (ids) -> "ab");
		writer.collect(0, started(new PromptLogprobs(
				List.of(token(1, bytes("a"), Float.NaN), token(2, bytes("b"), logprob, top(2, bytes("b"), logprob))))));
		JsonNode logprobs = json(writer).at("/choices/0/logprobs");
		String greedy = logprobs.at("/top_logprobs/1/b").toString();
		assertThat(logprobs.at("/token_logprobs/1").toString()).isEqualTo(greedy);
		assertThat(Float.parseFloat(greedy)).isEqualTo(logprob);
		assertThat(logprobs.at("/token_logprobs/0").isNull()).isTrue();
		assertThat(logprobs.at("/top_logprobs/0").isNull()).isTrue();
	}

	@Test
	void impossibleTokensHaveTheLowestLogprob() {
		AnswerWriter writer = new CompletionWriter(IDENTITY, style(0, false, false), 1, (ids) -> "");
		writer.collect(0, started(null));
		writer.collect(0, delta("a", token(1, bytes("a"), Float.NEGATIVE_INFINITY)));
		assertThat(json(writer).at("/choices/0/logprobs/token_logprobs").toString()).isEqualTo("[-9999.0]");
	}

	@Test
	void aStopReasonIsTheStringTheIdOrNull() {
		assertThat(finish("END", null)).contains("\"finish_reason\":\"stop\",\"stop_reason\":\"END\"");
		assertThat(finish(null, 42)).contains("\"finish_reason\":\"stop\",\"stop_reason\":42");
		assertThat(finish(null, null)).contains("\"finish_reason\":\"stop\",\"stop_reason\":null");
	}

	@Test
	void usageIsSummedOverPrompts() {
		AnswerWriter writer = new CompletionWriter(IDENTITY, style(0, false, false), 2, (ids) -> "");
		for (int prompt = 0; prompt < 2; prompt++) {
			writer.collect(prompt, started(null));
			writer.collect(prompt, new GenerationEvent.Completed(new Usage(10, 4, 8),
					new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO, 0)));
		}
		assertThat(json(writer).get("usage").toString())
			.isEqualTo("{\"prompt_tokens\":20,\"completion_tokens\":8,\"total_tokens\":28,"
					+ "\"prompt_tokens_details\":{\"cached_tokens\":16}}");
	}

	@Test
	void heldBackTokensLeaveNoChunkUnlessTheirIdsAreAskedFor() {
		GenerationEvent held = delta("", token(5, bytes("E"), Float.NaN));
		AnswerWriter plain = new ChatWriter(IDENTITY,
				new ApiRequest.Style(null, true, false, false, 0, false, false, false, false, 1));
		AnswerWriter ids = new ChatWriter(IDENTITY,
				new ApiRequest.Style(null, true, false, false, 0, false, false, true, false, 1));
		assertThat(plain.frames(0, held)).isEmpty();
		assertThat(ids.frames(0, held)).contains("\"content\":\"\"").contains("\"token_ids\":[5]");
	}

	private static String finish(String sequence, Integer id) {
		GenerationEvent end = new GenerationEvent.ChoiceFinished(0, FinishReason.STOP, sequence, id);
		String chat = new ChatWriter(IDENTITY, style(0, false, false)).frames(0, end);
		String text = new CompletionWriter(IDENTITY, style(0, false, false), 1, (ids) -> "").frames(0, end);
		assertThat(text.substring(text.indexOf("\"finish_reason\"")))
			.isEqualTo(chat.substring(chat.indexOf("\"finish_reason\"")));
		return chat;
	}

	private static ApiRequest.Style style(int top, boolean echo, boolean ids) {
		return new ApiRequest.Style(null, false, false, true, top, echo, false, ids, false, 1);
	}

	private static GenerationEvent started(PromptLogprobs logprobs) {
		return new GenerationEvent.Started("r", "m", new int[] { 1, 2 }, 0, logprobs);
	}

	private static GenerationEvent delta(String text, TokenInfo... tokens) {
		return new GenerationEvent.Delta(0, Channel.CONTENT, text, List.of(tokens));
	}

	private static TokenInfo token(int id, byte[] bytes, float logprob, TopLogprob... top) {
		return new TokenInfo(id, bytes, logprob, 1, List.of(top));
	}

	private static TopLogprob top(int id, byte[] bytes, float logprob) {
		return new TopLogprob(id, bytes, logprob);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static JsonNode json(AnswerWriter writer) {
		return JsonMapper.shared().readTree(writer.body());
	}

}
