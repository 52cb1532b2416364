package io.llmserving.text.template;

import java.util.List;

import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

import io.llmserving.text.template.ChatTemplateException.Kind;
import io.llmserving.text.template.TemplateCases.Conversation;

/**
 * Compares renderings with what {@code chat_jinja.py} made of the same conversations.
 */
final class ReferenceOutcomes {

	private static final List<Conversation> CONVERSATIONS = TemplateCases.conversations();

	private static final String RAISED = "TemplateError: ";

	private static final String FAILED = "failed";

	private static final String WHERE = " \\(chat template, line \\d+\\)$";

	private ReferenceOutcomes() {
	}

	/**
	 * Asserts that a template makes of every conversation the same text as jinja2, or
	 * that both refuse it.
	 * @param source the template
	 * @param recorded the outcomes by the conversations' names
	 */
	static void assertSame(String source, JsonNode recorded) {
		SoftAssertions softly = new SoftAssertions();
		Template template = compile(source);
		for (Conversation conversation : CONVERSATIONS) {
			JsonNode expected = recorded.required(conversation.name());
			softly.assertThat(template.outcome(conversation))
				.as("%s: %s", conversation.name(), expected)
				.isEqualTo(expected.has("text") ? expected.path("text").asString()
						: refusal(expected.required("error").asString()));
		}
		softly.assertAll();
	}

	private static Template compile(String source) {
		try {
			ChatTemplate template = ChatTemplate.compile(source);
			return (conversation) -> {
				try {
					return conversation.render(template).text();
				}
				catch (ChatTemplateException ex) {
					return (ex.kind() == Kind.RAISED) ? "raised: " + ex.getMessage().replaceFirst(WHERE, "") : FAILED;
				}
			};
		}
		catch (ChatTemplateException ex) {
			return (_) -> FAILED;
		}
	}

	/** What a template raises is compared; of other errors only that there is one. */
	private static String refusal(String error) {
		return error.startsWith(RAISED) ? "raised: " + error.substring(RAISED.length()) : FAILED;
	}

	@FunctionalInterface
	private interface Template {

		String outcome(Conversation conversation);

	}

}
