package io.llmserving.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.text.template.ChatTemplate;
import io.llmserving.text.template.ChatTemplateException;
import io.llmserving.text.template.Rendering;

/**
 * Renders conversations by a template of the model's files. Immutable.
 */
public final class TemplateRenderer implements ChatRenderer {

	private final ChatTemplate template;

	private final Map<String, String> specialTokens;

	/**
	 * Compiles a template.
	 * @throws TokenizerFormatException if it is malformed
	 */
	public TemplateRenderer(ChatTemplateSource source) {
		try {
			this.template = ChatTemplate.compile(source.template());
		}
		catch (ChatTemplateException ex) {
			throw new TokenizerFormatException(
					"The model's chat template cannot be understood: %s".formatted(ex.getMessage()), ex);
		}
		this.specialTokens = source.specialTokens();
	}

	@Override
	public ChatText render(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
		Map<String, Object> all = new HashMap<>(this.specialTokens);
		all.put("messages", messages.stream().map(TemplateRenderer::variables).toList());
		all.put("add_generation_prompt", addGenerationPrompt);
		variables.forEach((name, value) -> {
			// Special tokens are trusted; nobody else may say what they are.
			if (name.endsWith("_token") || all.putIfAbsent(name, value) != null) {
				throw new InvalidRequestException(
						"The template variable '%s' is set by the engine and cannot be given".formatted(name),
						"chat_template_kwargs", null);
			}
		});
		try {
			Rendering rendering = this.template.render(all);
			return new ChatText(rendering.text(),
					rendering.segments()
						.stream()
						.map((segment) -> new ChatText.Segment(segment.start(), segment.end(), segment.trusted()))
						.toList());
		}
		catch (ChatTemplateException ex) {
			throw new InvalidRequestException(
					"The model's chat template refuses the conversation: %s".formatted(ex.getMessage()), "messages",
					"invalid_messages");
		}
	}

	private static Map<String, @Nullable Object> variables(ChatMessage message) {
		Map<String, @Nullable Object> variables = new HashMap<>();
		variables.put("role", message.role());
		variables.put("content", message.content());
		put(variables, "name", message.name());
		put(variables, "tool_call_id", message.toolCallId());
		put(variables, "reasoning_content", message.reasoning());
		if (!message.toolCalls().isEmpty()) {
			variables.put("tool_calls", message.toolCalls());
		}
		return variables;
	}

	private static void put(Map<String, @Nullable Object> variables, String name, @Nullable String value) {
		if (value != null) {
			variables.put(name, value);
		}
	}

}
