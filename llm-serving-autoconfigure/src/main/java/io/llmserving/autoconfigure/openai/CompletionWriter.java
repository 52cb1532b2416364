package io.llmserving.autoconfigure.openai;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationEvent.ChoiceFinished;
import io.llmserving.api.GenerationEvent.Completed;
import io.llmserving.api.GenerationEvent.Delta;
import io.llmserving.api.GenerationEvent.Started;
import io.llmserving.api.GenerationEvent.ToolCallDelta;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.TokenInfo;
import io.llmserving.api.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Writes text completions. The index of a choice counts over all prompts:
 * {@code prompt * n + choice}.
 */
public final class CompletionWriter implements AnswerWriter {

	private final ApiRequest.Style style;

	private final LogprobsWriter logprobs;

	private final AnswerHead head;

	private final Function<int[], String> promptText;

	private final List<TextChoice> choices = new ArrayList<>();

	private Usage usage = new Usage(0, 0, 0);

	/**
	 * Creates a writer.
	 * @param prompts number of prompts
	 * @param promptText turns a prompt's tokens into text, for echoes
	 */
	public CompletionWriter(AnswerIdentity identity, ApiRequest.Style style, int prompts,
			Function<int[], String> promptText) {
		this.style = style;
		this.logprobs = new LogprobsWriter(style);
		this.head = new AnswerHead(identity, "text_completion");
		this.promptText = promptText;
		for (int i = 0; i < prompts * style.choicesPerPrompt(); i++) {
			this.choices.add(new TextChoice());
		}
	}

	@Override
	public String frames(int prompt, GenerationEvent event) {
		return switch (event) {
			case Started start -> startFrames(prompt, start);
			case Delta delta -> deltaFrame(prompt, delta);
			case ToolCallDelta call -> "";
			case ChoiceFinished finished -> finishFrame(prompt, finished);
			case Completed completed -> {
				this.usage = UsageJson.add(this.usage, used(completed));
				yield "";
			}
		};
	}

	@Override
	public String end() {
		return (this.style.includeUsage() ? AnswerWriter.usageFrame(this.head.text(), this.usage) : "") + DONE;
	}

	@Override
	public void collect(int prompt, GenerationEvent event) {
		switch (event) {
			case Started start -> {
				for (int i = 0; i < this.style.choicesPerPrompt(); i++) {
					begin(choice(prompt, i), start);
				}
			}
			case Delta delta -> {
				if (!this.style.maxTokensZero()) {
					TextChoice choice = choice(prompt, delta.choice());
					choice.text.append(delta.text());
					choice.tokens.addAll(delta.tokens());
				}
			}
			case ToolCallDelta call -> {
			}
			case ChoiceFinished finished -> choice(prompt, finished.choice()).finished = finished;
			case Completed completed -> this.usage = UsageJson.add(this.usage, used(completed));
		}
	}

	@Override
	public String body() {
		JsonText json = new JsonText().raw(this.head.text()).raw(",\"choices\":[");
		for (int i = 0; i < this.choices.size(); i++) {
			TextChoice choice = this.choices.get(i);
			json.raw((i > 0) ? ",{\"index\":" : "{\"index\":").number(i);
			json.raw(",\"text\":").string(choice.text.toString());
			finish(json, i, choice.tokens, 0, choice.finished);
			if (this.style.returnTokenIds() && choice.started != null) {
				json.raw(",\"prompt_token_ids\":");
				UsageJson.tokenIds(json, choice.started.promptTokenIds());
			}
			json.raw("}");
		}
		return json.raw("],\"usage\":").raw(UsageJson.write(this.usage)).raw("}").toString();
	}

	private Usage used(Completed completed) {
		Usage used = completed.usage();
		return this.style.maxTokensZero() ? new Usage(used.promptTokens(), 0, used.cachedTokens()) : used;
	}

	private void begin(TextChoice choice, Started start) {
		choice.started = start;
		if (!this.style.echo()) {
			return;
		}
		PromptLogprobs prompt = start.promptLogprobs();
		if (prompt != null) {
			choice.tokens.addAll(prompt.tokens());
		}
		choice.text.append(this.promptText.apply(start.promptTokenIds()));
	}

	private String startFrames(int prompt, Started start) {
		StringBuilder frames = new StringBuilder();
		for (int i = 0; i < this.style.choicesPerPrompt(); i++) {
			TextChoice choice = choice(prompt, i);
			begin(choice, start);
			if (this.style.echo() || this.style.returnTokenIds()) {
				frames.append(frame(prompt, i, choice.text.toString(), choice.tokens, null, start));
			}
			choice.advance(choice.tokens);
		}
		return frames.toString();
	}

	private String deltaFrame(int prompt, Delta delta) {
		boolean silent = delta.text().isEmpty() && !this.style.logprobs() && !this.style.returnTokenIds();
		if (this.style.maxTokensZero() || silent || (delta.text().isEmpty() && delta.tokens().isEmpty())) {
			return "";
		}
		String frame = frame(prompt, delta.choice(), delta.text(), delta.tokens(), null, null);
		choice(prompt, delta.choice()).advance(delta.tokens());
		return frame;
	}

	private String finishFrame(int prompt, ChoiceFinished finished) {
		return frame(prompt, finished.choice(), "", List.of(), finished, null);
	}

	private String frame(int prompt, int choice, String text, List<TokenInfo> tokens, @Nullable ChoiceFinished finished,
			@Nullable Started start) {
		int index = prompt * this.style.choicesPerPrompt() + choice;
		JsonText json = new JsonText().raw("data: ")
			.raw(this.head.text())
			.raw(",\"choices\":[{\"index\":")
			.number(index);
		json.raw(",\"text\":").string(text);
		finish(json, index, tokens, this.choices.get(index).offset, finished);
		if (this.style.returnTokenIds() && start != null) {
			json.raw(",\"prompt_token_ids\":");
			UsageJson.tokenIds(json, start.promptTokenIds());
		}
		return json.raw("}]").raw(this.style.includeUsage() ? ",\"usage\":null}\n\n" : "}\n\n").toString();
	}

	private void finish(JsonText json, int index, List<TokenInfo> tokens, int offset,
			@Nullable ChoiceFinished finished) {
		json.raw(",\"logprobs\":");
		if (this.style.logprobs() && !tokens.isEmpty()) {
			this.logprobs.completion(json, tokens, offset);
		}
		else {
			json.raw("null");
		}
		String reason = (finished != null)
				? this.style.maxTokensZero() ? "length" : AnswerWriter.name(finished.reason()) : null;
		json.raw(",\"finish_reason\":").string(reason);
		AnswerWriter.stopReason(json, (finished != null) ? finished.stopSequence() : null,
				(finished != null) ? finished.stopTokenId() : null);
		if (this.style.returnTokenIds()) {
			json.raw(",\"token_ids\":");
			UsageJson.tokenIds(json, generated(index, tokens));
		}
	}

	private int[] generated(int index, List<TokenInfo> tokens) {
		Started started = this.choices.get(index).started;
		int echoed = (this.style.echo() && started != null && started.promptLogprobs() != null
				&& tokens == this.choices.get(index).tokens) ? started.promptTokens() : 0;
		return tokens.stream().skip(echoed).mapToInt(TokenInfo::id).toArray();
	}

	private TextChoice choice(int prompt, int choice) {
		return this.choices.get(prompt * this.style.choicesPerPrompt() + choice);
	}

	/**
	 * What was written or collected of a choice.
	 */
	private static final class TextChoice {

		private final StringBuilder text = new StringBuilder();

		private final List<TokenInfo> tokens = new ArrayList<>();

		private int offset;

		private @Nullable Started started;

		private @Nullable ChoiceFinished finished;

		private void advance(List<TokenInfo> written) {
			for (TokenInfo token : written) {
				this.offset += LogprobsWriter.codePoints(token.bytes());
			}
		}

	}

}
