package io.llmserving.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.autoconfigure.security.LlmSecurityProperties;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The README, the pages under {@code docs/} and the manifests under {@code deploy/}:
 * links lead somewhere, and properties are those that there are.
 */
class DocumentationTests {

	private static final Path ROOT = Path.of("..");

	private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$");

	private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");

	private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");

	private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

	private static final Pattern MENTION = Pattern.compile("llm\\.serving\\.[a-z0-9.<>_-]*[a-z0-9>]");

	private static final String MODEL = "llm\\.serving\\.models\\.(?:<id>|[a-z0-9]+)(?=\\.|$)";

	@Test
	void everyLinkLeadsToAFileAndAHeading() {
		Map<Path, Set<String>> headings = new TreeMap<>();
		pages().forEach((page) -> headings.put(page,
				HEADING.matcher(prose(page))
					.results()
					.map((heading) -> anchor(heading.group(1)))
					.collect(Collectors.toSet())));
		for (Path page : headings.keySet()) {
			List<String> links = LINK.matcher(prose(page)).results().map((link) -> link.group(1)).toList();
			assertThat(links).as(page.toString()).allSatisfy((link) -> {
				if (!link.startsWith("https:") && !link.startsWith("http:")) {
					String[] parts = link.split("#", 2);
					Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
					assertThat(target).exists();
					if (parts.length > 1) {
						assertThat(headings.get(target)).contains(parts[1]);
					}
				}
			});
		}
	}

	@Test
	void everyPageIsReachedFromTheReadme() {
		Set<Path> reached = new HashSet<>();
		reach(ROOT.resolve("README.md").normalize(), reached);
		assertThat(reached).containsAll(pages());
	}

	@Test
	void everyPropertyThatIsMentionedIsThere() {
		Set<String> known = known();
		for (Path page : pages()) {
			List<String> mentioned = MENTION.matcher(read(page)).results().map(MatchResult::group).toList();
			assertThat(mentioned).as(page.toString())
				.allSatisfy((key) -> assertThat(known).anyMatch((name) -> isPart(shared(key), name)));
		}
	}

	@Test
	void everyPropertyInAnExampleIsThere() {
		Set<String> keys = new TreeSet<>();
		for (Path page : pages()) {
			YAML.matcher(read(page)).results().forEach((block) -> examples(block.group(1)).forEach(keys::addAll));
		}
		Set<String> known = known();
		assertThat(keys).hasSizeGreaterThan(18)
			.allSatisfy((key) -> assertThat(known).anyMatch((name) -> isPart(name, shared(key))));
	}

	@Test
	@SuppressWarnings("unchecked")
	void theEnvironmentOfTheDeploymentSetsProperties() throws IOException {
		Map<String, Object> variables = new TreeMap<>();
		for (Object document : yaml().loadAll(read(ROOT.resolve("deploy/kubernetes/application.yaml")))) {
			if (((Map<String, Object>) document).get("kind").equals("Deployment")) {
				List<Map<String, Object>> all = new ArrayList<>();
				collect(document, "env", all);
				all.forEach((variable) -> variables.put(String.valueOf(variable.get("name")),
						variable.getOrDefault("value", "{sha256}" + "0".repeat(64))));
			}
		}
		MutablePropertySources sources = new MutablePropertySources();
		sources.addFirst(new SystemEnvironmentPropertySource("systemEnvironment", variables));
		sources.addLast(new MapPropertySource("none", Map.of()));
		Binder binder = new Binder(ConfigurationPropertySources.from(sources));
		LlmServingProperties properties = binder.bind("llm.serving", LlmServingProperties.class).get();
		assertThat(properties.memory().maxSize()).isNotNull();
		assertThat(properties.cacheDirectory()).isEqualTo("/models");
		assertThat(properties.nativeLibrary().extractDirectory()).isEqualTo("/native");
		assertThat(properties.models()).containsOnlyKeys("chat");
		LlmSecurityProperties security = binder.bind("llm.serving.security", LlmSecurityProperties.class).get();
		assertThat(security.apiKeys()).singleElement().satisfies((key) -> assertThat(key.id()).isEqualTo("team-a"));
		assertThat(binder.bind("management.endpoint.health.probes.enabled", Boolean.class).get()).isTrue();
	}

	@SuppressWarnings("unchecked")
	private static void collect(Object node, String name, List<Map<String, Object>> found) {
		if (node instanceof Map<?, ?> map) {
			map.forEach((key, value) -> {
				if (name.equals(key)) {
					found.addAll((List<Map<String, Object>>) value);
				}
				collect(value, name, found);
			});
		}
		else if (node instanceof List<?> list) {
			list.forEach((entry) -> collect(entry, name, found));
		}
	}

	private static void reach(Path page, Set<Path> reached) {
		if (!page.toString().endsWith(".md") || !reached.add(page)) {
			return;
		}
		LINK.matcher(prose(page))
			.results()
			.map((link) -> link.group(1).replaceFirst("#.*", ""))
			.filter((link) -> !link.isEmpty() && !link.contains(":"))
			.forEach((link) -> reach(page.resolveSibling(link).normalize(), reached));
	}

	/** The flat keys of each example that is about this product. */
	private static Stream<Set<String>> examples(String block) {
		// Alternatives, one a line, are no single document.
		boolean alternatives = block.lines().map((line) -> line.replaceFirst(":.*", "")).distinct().count() < block
			.lines()
			.count() && block.lines().allMatch((line) -> line.startsWith("llm.serving."));
		Stream<String> documents = alternatives ? block.lines() : Stream.of(block);
		return documents.filter((text) -> text.contains("llm.serving")).map((text) -> {
			Set<String> keys = new TreeSet<>();
			yaml().loadAll(text).forEach((document) -> flatten("", document, keys));
			keys.removeIf((key) -> !key.startsWith("llm.serving"));
			return keys;
		});
	}

	private static void flatten(String prefix, Object node, Set<String> keys) {
		if (node instanceof Map<?, ?> map) {
			map.forEach(
					(key, value) -> flatten(prefix.isEmpty() ? String.valueOf(key) : prefix + "." + key, value, keys));
		}
		else {
			keys.add(prefix);
		}
	}

	private static Yaml yaml() {
		return new Yaml(new SafeConstructor(new LoaderOptions()));
	}

	/** A key of one model is the same key of the defaults, but for its source. */
	private static String shared(String key) {
		return key.replaceFirst(MODEL + "\\.source$", "llm.serving.models").replaceFirst(MODEL, "llm.serving.defaults");
	}

	/** Whether the one is the other or stands above it. */
	private static boolean isPart(String above, String key) {
		return key.equals(above) || key.startsWith(above + ".");
	}

	private static Set<String> known() {
		Set<String> names = new TreeSet<>();
		try (InputStream stream = DocumentationTests.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			JsonMapper.shared()
				.readTree(stream)
				.path("properties")
				.forEach((property) -> names.add(property.path("name").asString()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return names;
	}

	/** As GitHub makes the anchor of a heading. */
	private static String anchor(String heading) {
		return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{Alnum}_ -]", "").replace(' ', '-');
	}

	private static String prose(Path page) {
		return CODE.matcher(read(page)).replaceAll("");
	}

	private static List<Path> pages() {
		try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
			return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs)
				.filter((file) -> file.toString().endsWith(".md"))
				.map(Path::normalize)
				.sorted(Comparator.naturalOrder())
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
