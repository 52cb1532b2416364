package io.llmserving.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.llmserving.text.template.ChatTemplate;
import io.llmserving.text.template.ChatTemplateException;

/**
 * Chat templates, which come with models from anywhere.
 */
class TemplateFuzzTests {

	private static final Map<String, Object> VARIABLES = Map.of("messages",
			List.of(Map.of("role", "system", "content", "Be brief."), Map.of("role", "user", "content", "Hi {{ 7*7 }}"),
					Map.of("role", "assistant", "content", "Hello"), Map.of("role", "user", "content", "Bye")),
			"add_generation_prompt", true, "bos_token", "<s>", "eos_token", "</s>", "tools",
			List.of(Map.of("type", "function", "function", Map.of("name", "f", "parameters", Map.of("a", 1.5)))));

	@FuzzTest(maxDuration = "2m")
	void aTemplateIsRenderedOrRefused(byte[] source) {
		try {
			ChatTemplate.compile(new String(source, StandardCharsets.UTF_8)).render(VARIABLES);
		}
		catch (ChatTemplateException ex) {
			// Refused, as documented.
		}
	}

}
