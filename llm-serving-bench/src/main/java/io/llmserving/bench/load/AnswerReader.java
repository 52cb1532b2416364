package io.llmserving.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a streamed answer: when its output came, what the server counted, whether it
 * failed midway. Only events with usage are parsed. Confined to one thread.
 */
final class AnswerReader {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final SseReader events = new SseReader();

	private long[] arrivals = new long[64];

	private int outputs;

	private long now;

	private int promptTokens;

	private int cachedTokens;

	private int completionTokens;

	private boolean counted;

	private boolean done;

	private @Nullable String error;

	/**
	 * Takes a part of the answer's body.
	 * @param now when it came
	 */
	void read(ByteBuf chunk, long now) {
		this.now = now;
		this.events.read(chunk, this::event);
	}

	private void event(byte[] bytes, int from, int to) {
		int kind = EventKind.of(bytes, from, to);
		if ((kind & EventKind.OUTPUT) != 0) {
			if (this.outputs == this.arrivals.length) {
				this.arrivals = Arrays.copyOf(this.arrivals, 2 * this.outputs);
			}
			this.arrivals[this.outputs++] = this.now;
		}
		if ((kind & EventKind.USAGE) != 0) {
			usage(new String(bytes, from, to - from, StandardCharsets.UTF_8));
		}
		if ((kind & EventKind.ERROR) != 0) {
			this.error = new String(bytes, from, Math.min(to - from, 500), StandardCharsets.UTF_8);
		}
		this.done |= (kind & EventKind.DONE) != 0;
	}

	private void usage(String event) {
		try {
			JsonNode usage = JSON.readTree(event).path("usage");
			this.promptTokens = usage.path("prompt_tokens").asInt(0);
			this.completionTokens = usage.path("completion_tokens").asInt(0);
			this.cachedTokens = usage.path("prompt_tokens_details").path("cached_tokens").asInt(0);
			this.counted = true;
		}
		catch (JacksonException ex) {
			this.error = "usage is not JSON: " + event;
		}
	}

	/**
	 * Returns how many events with output came.
	 */
	int outputs() {
		return this.outputs;
	}

	/**
	 * Returns what is wrong with an answer that ended, or null.
	 */
	@Nullable String problem(int expectedTokens) {
		if (this.error != null) {
			return this.error;
		}
		if (this.outputs == 0) {
			return "no output";
		}
		if (!this.done) {
			return "the stream ended without [DONE]";
		}
		if (this.counted && expectedTokens > 0 && this.completionTokens != expectedTokens) {
			return "%d tokens, asked for %d".formatted(this.completionTokens, expectedTokens);
		}
		return null;
	}

	/**
	 * Returns what was read as an answer with these circumstances.
	 */
	Answer answer(Outcome outcome, int status, @Nullable String error, long due, long sent, long end) {
		return new Answer(outcome, status, error, due, sent, Arrays.copyOf(this.arrivals, this.outputs), end,
				this.promptTokens, this.cachedTokens, this.counted ? this.completionTokens : this.outputs,
				this.counted);
	}

}
