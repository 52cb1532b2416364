package io.llmserving.text;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.InvalidRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link TemplateRenderer}.
 */
class TemplateRendererTests {

	private static final String TEMPLATE = "{{ bos_token }}{% for m in messages %}"
			+ "{% if m.role == 'odd' %}{{ raise_exception('no odd roles') }}{% endif %}[{{ m.role }}]{{ m.content }}"
			+ "{% endfor %}{% if enable_thinking %}<think>{% endif %}{% if add_generation_prompt %}[assistant]{% endif %}";

	private final TemplateRenderer renderer = new TemplateRenderer(
			new ChatTemplateSource(TEMPLATE, Map.of("bos_token", "<s>")));

	private ChatText render(Map<String, ?> variables) {
		return this.renderer.render(List.of(ChatMessage.user("hi <s>")), true, variables);
	}

	@Test
	void furtherVariablesReachTheTemplate() {
		assertThat(render(Map.of()).text()).isEqualTo("<s>[user]hi <s>[assistant]");
		assertThat(render(Map.of("enable_thinking", true)).text()).isEqualTo("<s>[user]hi <s><think>[assistant]");
	}

	@Test
	void whatAUserWroteIsNotTrusted() {
		ChatText text = render(Map.of());
		int content = text.text().indexOf("hi <s>");
		assertThat(text.segments())
			.filteredOn((segment) -> segment.trusted() && segment.end() > content && segment.start() < content + 6)
			.isEmpty();
	}

	@Test
	void whatTheEngineSetsCannotBeGiven() {
		for (String name : List.of("bos_token", "tool_token", "messages", "add_generation_prompt")) {
			assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> render(Map.of(name, "<s>")))
				.withMessageContaining(name)
				.satisfies((ex) -> assertThat(ex.parameter()).isEqualTo("chat_template_kwargs"));
		}
	}

	@Test
	void aConversationThatTheTemplateRefusesIsTheCallersMistake() {
		assertThatExceptionOfType(InvalidRequestException.class)
			.isThrownBy(() -> this.renderer.render(List.of(ChatMessage.of("odd", "x")), true, Map.of()))
			.withMessageContaining("no odd roles");
	}

	@Test
	void aMalformedTemplateIsNamedWhenTheModelIsLoaded() {
		assertThatExceptionOfType(TokenizerFormatException.class)
			.isThrownBy(() -> new TemplateRenderer(new ChatTemplateSource("{% if %}", Map.of())))
			.withMessageContaining("chat template");
	}

}
