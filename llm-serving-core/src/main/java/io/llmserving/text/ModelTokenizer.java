package io.llmserving.text;

import java.util.List;
import java.util.Map;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A model's tokenizer: that of its text, and its chat template if it has one.
 */
public final class ModelTokenizer implements Tokenizer {

	private final TextTokenizer text;

	private final @Nullable ChatRenderer chat;

	/**
	 * @param chat renders conversations, null if the model has no chat template
	 */
	public ModelTokenizer(TextTokenizer text, @Nullable ChatRenderer chat) {
		this.text = text;
		this.chat = chat;
	}

	@Override
	public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
		return this.text.encode(text, addSpecial, parseSpecial);
	}

	@Override
	public String decode(int[] ids, boolean skipSpecial) {
		return this.text.decode(ids, skipSpecial);
	}

	@Override
	public byte[] bytes(int id) {
		return tokenBytes().bytes(id).clone();
	}

	@Override
	public boolean isSpecial(int id) {
		return tokenBytes().isSpecial(id);
	}

	@Override
	public int vocabularySize() {
		return tokenBytes().size();
	}

	@Override
	public int[] encodeChat(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
		return encode(render(messages, addGenerationPrompt, variables));
	}

	/**
	 * Renders a conversation by the model's chat template.
	 * @throws InvalidRequestException if the template refuses the conversation or the
	 * model has none
	 */
	public ChatText render(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
		if (this.chat == null) {
			throw new InvalidRequestException(
					"This model has no chat template; send the prompt as text to the completions endpoint", "messages",
					"no_chat_template");
		}
		return this.chat.render(messages, addGenerationPrompt, variables);
	}

	/**
	 * Turns a rendered conversation into token ids.
	 */
	public int[] encode(ChatText rendered) {
		return this.text.encode(rendered);
	}

	/**
	 * Returns what each token stands for, without copying.
	 */
	public TokenBytes tokenBytes() {
		return this.text.tokenBytes();
	}

}
