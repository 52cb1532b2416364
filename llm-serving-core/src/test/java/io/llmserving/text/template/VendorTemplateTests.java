package io.llmserving.text.template;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.text.template.ExternalTools.Result;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The chat templates of many vendors, against jinja2 as transformers configures it.
 */
@TestInstance(Lifecycle.PER_CLASS)
class VendorTemplateTests {

	private List<Path> templates = List.of();

	private JsonNode recorded = JsonMapper.shared().missingNode();

	@BeforeAll
	void renderByPython() {
		this.templates = VendorTemplates.fetch();
		if (ExternalTools.run(List.of("python3", "-c", "import jinja2")).status() != 0) {
			ExternalTools
				.missing("Chat templates are not compared with jinja2, because Python's package jinja2 is missing. "
						+ "Install it with: python3 -m pip install jinja2==3.1.6");
		}
		Path out = ExternalTools.module("target/chat-templates.json");
		List<String> command = new ArrayList<>(
				List.of("python3", ExternalTools.module("src/test/python/chat_jinja.py").toString(),
						TemplateCases.resource("conversations.json").toString(), out.toString()));
		this.templates.forEach((template) -> command.add(template.toString()));
		Result result = ExternalTools.run(command);
		assertThat(result.status()).as(result.output()).isZero();
		this.recorded = JsonMapper.shared().readTree(TemplateCases.read(out));
	}

	List<Path> templates() {
		return this.templates;
	}

	@Test
	void thereAreSeventyTemplates() {
		assertThat(this.templates).hasSize(70);
	}

	@ParameterizedTest
	@MethodSource("templates")
	void rendersEveryConversationAsJinja2Does(Path template) {
		ReferenceOutcomes.assertSame(TemplateCases.read(template), this.recorded.path(TemplateCases.name(template)));
	}

}
