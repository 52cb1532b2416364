package io.llmserving.autoconfigure.openai;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.api.Channel;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationEvent.ChoiceFinished;
import io.llmserving.api.GenerationEvent.Completed;
import io.llmserving.api.GenerationEvent.Delta;
import io.llmserving.api.GenerationEvent.Started;
import io.llmserving.api.GenerationEvent.ToolCallDelta;
import io.llmserving.api.TokenInfo;
import io.llmserving.api.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Writes chat completions. A stream gives each choice a role chunk, content deltas, and a
 * last chunk with an empty delta and the finish reason.
 */
public final class ChatWriter implements AnswerWriter {

	private final ApiRequest.Style style;

	private final LogprobsWriter logprobs;

	private final AnswerHead chunkHead;

	private final AnswerHead bodyHead;

	private final List<ChatChoice> choices = new ArrayList<>();

	private @Nullable Started started;

	private Usage usage = new Usage(0, 0, 0);

	public ChatWriter(AnswerIdentity identity, ApiRequest.Style style) {
		this.style = style;
		this.logprobs = new LogprobsWriter(style);
		this.chunkHead = new AnswerHead(identity, "chat.completion.chunk");
		this.bodyHead = new AnswerHead(identity, "chat.completion");
		for (int i = 0; i < style.choicesPerPrompt(); i++) {
			this.choices.add(new ChatChoice());
		}
	}

	@Override
	public String frames(int prompt, GenerationEvent event) {
		return switch (event) {
			case Started start -> roleFrames(start);
			case Delta delta -> contentFrame(delta);
			case ToolCallDelta call -> "";
			case ChoiceFinished finished -> finishFrame(finished);
			case Completed completed -> {
				this.usage = completed.usage();
				yield "";
			}
		};
	}

	@Override
	public String end() {
		return (this.style.includeUsage() ? AnswerWriter.usageFrame(this.chunkHead.text(), this.usage) : "") + DONE;
	}

	@Override
	public void collect(int prompt, GenerationEvent event) {
		switch (event) {
			case Started start -> this.started = start;
			case Delta delta -> this.choices.get(delta.choice()).add(delta);
			case ToolCallDelta call -> {
			}
			case ChoiceFinished finished -> this.choices.get(finished.choice()).finished = finished;
			case Completed completed -> this.usage = completed.usage();
		}
	}

	@Override
	public String body() {
		JsonText json = new JsonText().raw(this.bodyHead.text()).raw(",\"choices\":[");
		for (int i = 0; i < this.choices.size(); i++) {
			choice(json, i, this.choices.get(i));
		}
		json.raw("],\"usage\":").raw(UsageJson.write(this.usage));
		if (this.style.returnTokenIds() && this.started != null) {
			json.raw(",\"prompt_token_ids\":");
			UsageJson.tokenIds(json, this.started.promptTokenIds());
		}
		return json.raw("}").toString();
	}

	private void choice(JsonText json, int index, ChatChoice choice) {
		json.raw((index > 0) ? "," : "").raw("{\"index\":").number(index);
		json.raw(",\"message\":{\"role\":\"assistant\",\"content\":").string(choice.content.toString());
		json.raw(",\"refusal\":null");
		if (!choice.reasoning.isEmpty()) {
			json.raw(",\"reasoning_content\":").string(choice.reasoning.toString());
		}
		json.raw("},\"logprobs\":");
		writeLogprobs(json, choice.tokens);
		ChoiceFinished finished = choice.finished;
		json.raw(",\"finish_reason\":").string((finished != null) ? AnswerWriter.name(finished.reason()) : null);
		AnswerWriter.stopReason(json, (finished != null) ? finished.stopSequence() : null,
				(finished != null) ? finished.stopTokenId() : null);
		if (this.style.returnTokenIds()) {
			json.raw(",\"token_ids\":");
			UsageJson.tokenIds(json, ids(choice.tokens));
		}
		json.raw("}");
	}

	private String roleFrames(Started start) {
		StringBuilder frames = new StringBuilder();
		for (int i = 0; i < this.choices.size(); i++) {
			JsonText json = chunk(i).raw("{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null");
			json.raw(",\"finish_reason\":null}]");
			if (this.style.returnTokenIds() && i == 0) {
				json.raw(",\"prompt_token_ids\":");
				UsageJson.tokenIds(json, start.promptTokenIds());
			}
			frames.append(endChunk(json));
		}
		return frames.toString();
	}

	private String contentFrame(Delta delta) {
		boolean silent = delta.text().isEmpty() && !this.style.logprobs() && !this.style.returnTokenIds();
		if (silent || (delta.text().isEmpty() && delta.tokens().isEmpty())) {
			return "";
		}
		String field = (delta.channel() == Channel.REASONING) ? "{\"reasoning_content\":" : "{\"content\":";
		JsonText json = chunk(delta.choice()).raw(field).string(delta.text()).raw("},\"logprobs\":");
		writeLogprobs(json, delta.tokens());
		json.raw(",\"finish_reason\":null");
		if (this.style.returnTokenIds()) {
			json.raw(",\"token_ids\":");
			UsageJson.tokenIds(json, ids(delta.tokens()));
		}
		return endChunk(json.raw("}]"));
	}

	private String finishFrame(ChoiceFinished finished) {
		JsonText json = chunk(finished.choice()).raw("{},\"logprobs\":null,\"finish_reason\":")
			.string(AnswerWriter.name(finished.reason()));
		AnswerWriter.stopReason(json, finished.stopSequence(), finished.stopTokenId());
		return endChunk(json.raw("}]"));
	}

	private JsonText chunk(int choice) {
		return new JsonText().raw("data: ")
			.raw(this.chunkHead.text())
			.raw(",\"choices\":[{\"index\":")
			.number(choice)
			.raw(",\"delta\":");
	}

	private String endChunk(JsonText json) {
		return json.raw(this.style.includeUsage() ? ",\"usage\":null}\n\n" : "}\n\n").toString();
	}

	private void writeLogprobs(JsonText json, List<TokenInfo> tokens) {
		if (this.style.logprobs()) {
			this.logprobs.chat(json, tokens);
		}
		else {
			json.raw("null");
		}
	}

	private static int[] ids(List<TokenInfo> tokens) {
		return tokens.stream().mapToInt(TokenInfo::id).toArray();
	}

	/**
	 * What was collected of a choice.
	 */
	private static final class ChatChoice {

		private final StringBuilder content = new StringBuilder();

		private final StringBuilder reasoning = new StringBuilder();

		private final List<TokenInfo> tokens = new ArrayList<>();

		private @Nullable ChoiceFinished finished;

		private void add(Delta delta) {
			((delta.channel() == Channel.REASONING) ? this.reasoning : this.content).append(delta.text());
			this.tokens.addAll(delta.tokens());
		}

	}

}
