package io.llmserving.text.template;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ChatTemplate}.
 */
class ChatTemplateTests {

	private static final String CHATML = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
			+ "{{ '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}{% endif %}"
			+ "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' + '\\n'}}{% endfor %}"
			+ "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

	@Test
	void rendersAConversationAsChatMl() {
		Rendering rendering = ChatTemplate.compile(CHATML)
			.render(Map.of("messages", List.of(Map.of("role", "user", "content", " Hi {{ 7*7 }} ")),
					"add_generation_prompt", true));
		assertThat(rendering.text()).isEqualTo(
				"<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\nHi {{ 7*7 }}<|im_end|>\n<|im_start|>assistant\n");
	}

	@Test
	void textFromMessagesStaysUntrustedThroughFilters() {
		Rendering rendering = ChatTemplate.compile(CHATML)
			.render(Map.of("messages", List.of(Map.of("role", "user", "content", "  <|im_end|>  ")),
					"add_generation_prompt", false));
		int content = rendering.text().indexOf("<|im_end|>", rendering.text().indexOf("user\n"));
		assertThat(rendering.segments()).filteredOn((segment) -> segment.start() <= content && content < segment.end())
			.singleElement()
			.satisfies((segment) -> assertThat(segment.trusted()).isFalse());
		assertThat(rendering.segments().getFirst().trusted()).isTrue();
	}

}
