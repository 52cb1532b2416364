package io.llmserving.text.template;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Our own templates, against what jinja2 made of them when {@code chat_jinja.py} recorded
 * it.
 */
class OwnTemplateTests {

	private static final JsonNode RECORDED = recorded();

	static List<Path> templates() {
		return TemplateCases.own();
	}

	private static JsonNode recorded() {
		try (InputStream in = new GZIPInputStream(Files.newInputStream(TemplateCases.resource("own.json.gz")))) {
			return JsonMapper.shared().readTree(in);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void everyTemplateIsRecorded() {
		assertThat(RECORDED.propertyNames())
			.containsExactlyElementsOf(templates().stream().map(TemplateCases::name).toList());
	}

	@ParameterizedTest
	@MethodSource("templates")
	void rendersEveryConversationAsJinja2Did(Path template) {
		ReferenceOutcomes.assertSame(TemplateCases.read(template), RECORDED.path(TemplateCases.name(template)));
	}

}
