package io.llmserving.text.template;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The conversations over which templates are compared, and templates of our own.
 */
final class TemplateCases {

	/** The time at which {@code chat_jinja.py} lets its clock stand. */
	static final Clock CLOCK = Clock.fixed(Instant.parse("2024-02-09T07:05:03Z"), ZoneOffset.UTC);

	private TemplateCases() {
	}

	static List<Conversation> conversations() {
		JsonNode root = JsonMapper.shared().readTree(read(resource("conversations.json")));
		List<Conversation> conversations = new ArrayList<>();
		for (JsonNode each : root.path("conversations").values()) {
			Map<String, @Nullable Object> variables = new LinkedHashMap<>(map(root.path("defaults")));
			variables.putAll(map(each.path("variables")));
			conversations.add(new Conversation(each.path("name").asString(), variables));
		}
		return conversations;
	}

	/** Returns the committed templates. */
	static List<Path> own() {
		return in(resource("own"));
	}

	/** Returns the templates of a folder, sorted. */
	static List<Path> in(Path folder) {
		try (Stream<Path> files = Files.list(folder)) {
			return files.filter((file) -> file.toString().endsWith(".jinja")).sorted().toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static String name(Path template) {
		return template.getFileName().toString().replace(".jinja", "");
	}

	static String read(Path file) {
		try {
			return Files.readString(file, StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static Path resource(String name) {
		try {
			return Path.of(Objects.requireNonNull(TemplateCases.class.getResource(name), name).toURI());
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@SuppressWarnings("unchecked")
	private static Map<String, @Nullable Object> map(JsonNode node) {
		return JsonMapper.shared().treeToValue(node, Map.class);
	}

	/**
	 * What a template is rendered over.
	 *
	 * @param name what is special about it
	 * @param variables the template's variables
	 */
	record Conversation(String name, Map<String, @Nullable Object> variables) {

		/** Renders the conversation at the time at which it was recorded. */
		Rendering render(ChatTemplate template) {
			return template.render(this.variables, CLOCK, Limits.DEFAULT);
		}

	}

}
