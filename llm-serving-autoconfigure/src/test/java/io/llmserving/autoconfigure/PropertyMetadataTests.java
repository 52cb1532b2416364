package io.llmserving.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.serving.ServingSettings;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The keys that editors complete and that {@code docs/configuration.md} lists.
 */
class PropertyMetadataTests {

	private static final Path PAGE = Path.of("../docs/configuration.md");

	private final List<JsonNode> properties = read();

	@Test
	void everyKeyIsDescribed() {
		assertThat(this.properties).hasSizeGreaterThan(40).allSatisfy((property) -> {
			String description = property.path("description").asString("");
			assertThat(description).as(name(property)).isNotBlank().endsWith(".").doesNotStartWith("The ");
			if (property.path("type").asString("").equals("java.lang.Boolean")) {
				assertThat(description).as(name(property)).startsWith("Whether ");
			}
		});
	}

	@Test
	void aDocumentedDefaultIsWhatHoldsWithoutIt() {
		Map<String, Object> plain = new TreeMap<>(Map.of("llm.serving.models.chat.source", "file:/x"));
		Map<String, Object> spelled = new TreeMap<>(plain);
		for (JsonNode property : this.properties) {
			JsonNode value = property.get("defaultValue");
			if (value != null && name(property).startsWith("llm.serving.")) {
				spelled.put(name(property), value.asString());
			}
		}
		assertThat(spelled).hasSizeGreaterThan(25);
		assertThat(text(map(spelled))).isEqualTo(text(map(plain)));
	}

	@Test
	void thePageOfPropertiesIsUpToDate() throws IOException {
		String page = page();
		if (Boolean.getBoolean("docs.write")) {
			Files.writeString(PAGE, page);
		}
		assertThat(Files.readString(PAGE))
			.as("docs/configuration.md is stale; write it anew with: mvn -pl llm-serving-autoconfigure -am test "
					+ "-Dtest=PropertyMetadataTests -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true")
			.isEqualTo(page);
	}

	private String page() {
		StringBuilder page = new StringBuilder(
				"""
						# Properties

						Generated from the configuration metadata; do not edit. Keys under `llm.serving.defaults` hold for all models
						and may be written under `llm.serving.models.<id>` for one of them, where `source` is needed besides.

						| key | type | default | description |
						|---|---|---|---|
						""");
		for (JsonNode property : this.properties) {
			String value = property.path("defaultValue").asString("");
			page.append("| `%s` | %s | %s | %s |%n".formatted(name(property), type(property),
					value.isEmpty() ? "" : "`" + value + "`", property.path("description").asString()));
		}
		return page.toString();
	}

	private static String type(JsonNode property) {
		String type = property.path("type").asString();
		if (type.startsWith("java.util.Map")) {
			return "map";
		}
		if (type.startsWith("java.util.List")) {
			return "list";
		}
		String simple = type.substring(Math.max(type.lastIndexOf('.'), type.lastIndexOf('$')) + 1);
		return switch (simple) {
			case "Startup" -> "background, blocking";
			case "Unauthenticated" -> "follow-application, deny";
			default -> simple;
		};
	}

	private static ServingSettings map(Map<String, Object> properties) {
		Binder binder = new Binder(new MapConfigurationPropertySource(properties));
		return new SettingsMapper(binder.bindOrCreate("llm.serving", LlmServingProperties.class)).map();
	}

	/** Settings as text, without sampling, which has no value semantics. */
	private static String text(ServingSettings settings) {
		return settings.toString().replaceAll("SamplingParameters@\\w+", "") + " maxTokens="
				+ settings.models().get(0).sampling().maxTokens();
	}

	private static String name(JsonNode property) {
		return property.path("name").asString();
	}

	private static List<JsonNode> read() {
		List<JsonNode> properties = new ArrayList<>();
		try (InputStream stream = PropertyMetadataTests.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			JsonMapper.shared().readTree(stream).path("properties").forEach(properties::add);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		properties.sort(Comparator.comparing(PropertyMetadataTests::name));
		return properties;
	}

}
