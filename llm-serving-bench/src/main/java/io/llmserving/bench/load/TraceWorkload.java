package io.llmserving.bench.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Prompts and lengths of answers from a file, in its order, again from the start when it
 * is used up. Each prompt begins with words of the run, so that no run profits from an
 * earlier one's.
 */
public final class TraceWorkload implements Workload {

	/** Tokens of an English word, on the average, where only the text is known. */
	private static final double TOKENS_PER_WORD = 4.0 / 3;

	private static final int RUN_WORDS = 4;

	private final RequestBodies bodies;

	private final List<Turn> turns;

	private final long seed;

	private TraceWorkload(RequestBodies bodies, List<Turn> turns, long seed) {
		this.bodies = bodies;
		this.turns = turns;
		this.seed = seed;
	}

	/**
	 * Reads a JSON array of {@code {"prompt": "…", "output_tokens": 128}} or, as ShareGPT
	 * has it, of {@code {"conversations": [{"from": "human", "value": "…"}, {"from":
	 * "gpt", "value": "…"}, …]}}: then the first question is the prompt and its answer's
	 * number of words times 4/3 the length.
	 * @param maxOutput longest answer asked for
	 * @throws IllegalArgumentException if it is neither, or nothing usable is in it
	 */
	public static TraceWorkload read(Path file, RequestBodies bodies, int maxOutput, long seed) {
		if (!Files.isReadable(file)) {
			throw new IllegalArgumentException("There is no trace " + file);
		}
		List<Turn> turns = new ArrayList<>();
		try {
			for (JsonNode entry : JsonMapper.shared().readTree(file)) {
				Turn turn = entry.has("prompt") ? plain(entry, maxOutput) : shareGpt(entry, maxOutput);
				if (turn != null) {
					turns.add(turn);
				}
			}
		}
		catch (JacksonException ex) {
			throw new IllegalArgumentException("%s is not JSON: %s".formatted(file, ex.getOriginalMessage()), ex);
		}
		if (turns.isEmpty()) {
			throw new IllegalArgumentException(
					file + " has no entry with \"prompt\" and \"output_tokens\", nor one with \"conversations\"");
		}
		return new TraceWorkload(bodies, turns, seed);
	}

	private static @Nullable Turn plain(JsonNode entry, int maxOutput) {
		int tokens = entry.path("output_tokens").asInt(0);
		return (tokens > 0) ? new Turn(entry.path("prompt").asString(""), Math.min(tokens, maxOutput)) : null;
	}

	private static @Nullable Turn shareGpt(JsonNode entry, int maxOutput) {
		JsonNode talk = entry.path("conversations");
		if (talk.size() < 2 || !"human".equals(talk.path(0).path("from").asString(""))) {
			return null;
		}
		String answer = talk.path(1).path("value").asString("").strip();
		if (answer.isEmpty()) {
			return null;
		}
		int tokens = (int) Math.round(answer.split("\\s+").length * TOKENS_PER_WORD);
		return new Turn(talk.path(0).path("value").asString(""), Math.min(tokens, maxOutput));
	}

	@Override
	public List<PlannedRequest> requests(int count, int run) {
		String start = Words.of(RUN_WORDS, this.seed * 31 + run) + " ";
		List<PlannedRequest> requests = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			Turn turn = this.turns.get(i % this.turns.size());
			requests.add(this.bodies.request(start + turn.prompt(), turn.tokens()));
		}
		return requests;
	}

	/**
	 * A question and how many tokens its answer has.
	 */
	private record Turn(String prompt, int tokens) {
	}

}
