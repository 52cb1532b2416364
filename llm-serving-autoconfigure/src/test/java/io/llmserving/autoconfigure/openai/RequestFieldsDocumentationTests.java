package io.llmserving.autoconfigure.openai;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.llmserving.api.InvalidRequestException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The tables of fields in {@code docs/openai-api.md} are those of the parser.
 */
class RequestFieldsDocumentationTests {

	private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| (honoured|ignored|neutral only) \\|.*");

	private static final Map<String, String> MINIMAL = Map.of("Chat completions",
			"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "Completions", "{\"prompt\":\"x\"}", "Tokenize",
			"{\"prompt\":\"x\"}", "Detokenize", "{\"tokens\":[1]}");

	private final RequestParser parser = new RequestParser(JsonMapper.shared(), false);

	@ParameterizedTest
	@CsvSource({ "Chat completions", "Completions", "Tokenize", "Detokenize" })
	void thePageListsExactlyTheFieldsThatAreKnown(String section) throws IOException {
		RequestFields fields = new RequestFields(body(section));
		parse(section, fields);
		assertThat(new TreeSet<>(documented(section).keySet())).isEqualTo(new TreeSet<>(fields.known()));
	}

	@ParameterizedTest
	@CsvSource({ "Chat completions", "Completions", "Tokenize", "Detokenize" })
	void everyFieldBehavesAsThePageSays(String section) throws IOException {
		Set<String> anyValue = Set.of("messages", "prompt", "best_of");
		documented(section).forEach((field, effect) -> {
			ObjectNode odd = body(section);
			odd.putObject(field).put("odd", 1);
			if (effect.equals("ignored")) {
				parse(section, new RequestFields(odd));
			}
			else if (!field.equals("logit_bias") && !field.equals("chat_template_kwargs")
					&& !anyValue.contains(field)) {
				if (field.equals("stream_options")) {
					odd.put("stream", true);
				}
				assertThatThrownBy(() -> parse(section, new RequestFields(odd))).as(field)
					.isInstanceOf(InvalidRequestException.class)
					.hasMessageContaining(field.equals("stream_options") ? "odd" : field);
			}
		});
	}

	@ParameterizedTest
	@CsvSource({ "Chat completions", "Completions", "Tokenize", "Detokenize" })
	void anExplicitNullIsAsGoodAsAnAbsentField(String section) throws IOException {
		documented(section).keySet().forEach((field) -> {
			ObjectNode body = body(section);
			if (!body.has(field)) {
				body.putNull(field);
				parse(section, new RequestFields(body));
			}
		});
	}

	@Test
	void unknownFieldsAreRefusedUnlessTheParserIsLenient() {
		ObjectNode body = body("Completions");
		body.put("wings", 2);
		assertThatThrownBy(() -> this.parser.completion(new RequestFields(body), null))
			.hasMessage("'wings' is not supported; leave it out");
		new RequestParser(JsonMapper.shared(), true).completion(new RequestFields(body), null);
	}

	private void parse(String section, RequestFields fields) {
		switch (section) {
			case "Chat completions" -> this.parser.chat(fields, null);
			case "Completions" -> this.parser.completion(fields, null);
			case "Tokenize" -> this.parser.tokenize(fields);
			default -> this.parser.detokenize(fields);
		}
	}

	private static ObjectNode body(String section) {
		return (ObjectNode) JsonMapper.shared().readTree(MINIMAL.get(section));
	}

	private static Map<String, String> documented(String section) throws IOException {
		String page = Files.readString(Path.of("../docs/openai-api.md"));
		int start = page.indexOf("## " + section + "\n");
		int end = page.indexOf("\n## ", start + 3);
		Map<String, String> fields = new LinkedHashMap<>();
		page.substring(start, (end < 0) ? page.length() : end).lines().forEach((line) -> {
			Matcher row = ROW.matcher(line);
			if (row.matches()) {
				fields.put(row.group(1), row.group(2));
			}
		});
		return fields;
	}

}
