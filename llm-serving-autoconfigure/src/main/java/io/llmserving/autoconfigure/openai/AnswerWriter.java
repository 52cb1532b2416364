package io.llmserving.autoconfigure.openai;

import java.util.Locale;

import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Writes one answer from the events of its generations: as frames of a stream while they
 * come, or as one body at the end. One instance per answer; calls come one at a time.
 */
public sealed interface AnswerWriter permits ChatWriter, CompletionWriter {

	/** The last frame of every stream. */
	String DONE = "data: [DONE]\n\n";

	/**
	 * Takes an event and returns the frames it gives in a stream, possibly none.
	 * @param prompt index of the prompt whose generation it belongs to
	 */
	String frames(int prompt, GenerationEvent event);

	/**
	 * Returns the frames that end a stream: usage where asked for, then the end mark.
	 */
	String end();

	/**
	 * Takes an event of an answer that is not streamed.
	 */
	void collect(int prompt, GenerationEvent event);

	/**
	 * Returns the whole answer after all events were collected.
	 */
	String body();

	/**
	 * Returns the frames of an error in the middle of a stream.
	 */
	static String errorFrames(ErrorBody error) {
		return "data: " + error.json() + "\n\n" + DONE;
	}

	/**
	 * Returns the protocol's word for a reason.
	 */
	static String name(FinishReason reason) {
		return reason.name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Writes {@code stop_reason}: null for an end-of-sequence token.
	 */
	static void stopReason(JsonText json, @Nullable String sequence, @Nullable Integer tokenId) {
		json.raw(",\"stop_reason\":");
		if (tokenId != null) {
			json.number(tokenId);
		}
		else {
			json.string(sequence);
		}
	}

	/**
	 * Writes the chunk of usage that ends a stream.
	 */
	static String usageFrame(String head, Usage usage) {
		return "data: " + head + ",\"choices\":[],\"usage\":" + UsageJson.write(usage) + "}\n\n";
	}

}
