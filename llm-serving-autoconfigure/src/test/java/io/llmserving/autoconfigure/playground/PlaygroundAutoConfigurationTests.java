package io.llmserving.autoconfigure.playground;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.FakeEngine;
import io.llmserving.autoconfigure.FakeServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.OpenAiWebFluxAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

class PlaygroundAutoConfigurationTests {

	private static final String ON = "llm.serving.playground.enabled=true";

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LlmServingAutoConfiguration.class,
				OpenAiWebFluxAutoConfiguration.class, PlaygroundAutoConfiguration.class, WebFluxAutoConfiguration.class,
				HttpHandlerAutoConfiguration.class))
		.withBean("llmServing", LlmServing.class, () -> new FakeServing(new FakeEngine("chat"), new FakeEngine("b")));

	@Test
	void thereIsNoPageUnlessItIsAskedFor() {
		this.runner.run((context) -> {
			assertThat(context).doesNotHaveBean("llmPlaygroundRoutes").doesNotHaveBean(EngineFeed.class);
			client(context).get().uri("/llm/").exchange().expectStatus().isNotFound();
			client(context).get()
				.uri("/META-INF/llm-serving/playground/main.js")
				.exchange()
				.expectStatus()
				.isNotFound();
		});
	}

	@Test
	void thereIsNoPageWithoutTheEndpointsThatItCalls() {
		this.runner.withPropertyValues(ON, "llm.serving.openai.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("llmPlaygroundRoutes"));
	}

	@Test
	void thePageAndAllItRefersToAreServedUnderAStrictPolicy() {
		this.runner.withPropertyValues(ON).run((context) -> {
			client(context).get()
				.uri("/llm")
				.exchange()
				.expectStatus()
				.isTemporaryRedirect()
				.expectHeader()
				.location("llm/");
			String page = get(context, "/llm/", MediaType.TEXT_HTML);
			assertThat(page).contains("data-api=\"../v1\"");
			List<String> references = references(page, "(?:src|href)=\"([^#\"]+)\"");
			assertThat(references).containsExactlyInAnyOrder("icon.svg", "playground.css", "main.js");
			references.forEach((reference) -> get(context, "/llm/" + reference, null));
			String script = get(context, "/llm/main.js", new MediaType("text", "javascript"));
			List<String> modules = references(script, "from '\\./([^']+)'");
			assertThat(modules).contains("chat.js", "engine.js", "stream.js", "tokens.js");
			modules.forEach((module) -> get(context, "/llm/" + module, new MediaType("text", "javascript")));
			client(context).get().uri("/llm/other.js").exchange().expectStatus().isNotFound();
		});
	}

	@Test
	void thePageFollowsItsPathAndThatOfTheEndpoints() {
		this.runner
			.withPropertyValues(ON, "llm.serving.playground.path=/internal/try",
					"llm.serving.openai.base-path=/ai/openai/v1")
			.run((context) -> {
				assertThat(get(context, "/internal/try/", MediaType.TEXT_HTML))
					.contains("data-api=\"../../ai/openai/v1\"");
				client(context).get().uri("/internal/try").exchange().expectHeader().location("try/");
				client(context).get().uri("/llm/").exchange().expectStatus().isNotFound();
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "llm", "/llm/", "/", "/a//b", "/{x}" })
	void aPathThatCannotWorkFailsTheStart(String path) {
		this.runner.withPropertyValues(ON, "llm.serving.playground.path=" + path)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("The path '%s' must begin with a slash".formatted(path)));
	}

	@Test
	void nothingIsLoadedFromElsewhereAndNothingIsWrittenIntoThePage() throws IOException {
		Resource[] files = new PathMatchingResourcePatternResolver()
			.getResources("classpath:META-INF/llm-serving/playground/*");
		assertThat(files).hasSize(8).allSatisfy((file) -> {
			String text = file.getContentAsString(StandardCharsets.UTF_8);
			assertThat(text.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http:", "https:", "//cdn",
					"innerHTML", "eval(", "style=", "onclick=");
			assertThat(text.lines().count()).isLessThanOrEqualTo(300);
		});
	}

	@Test
	void theFeedTellsHowEachEngineIsDoingUntilTheApplicationStops() {
		this.runner.withPropertyValues(ON).run((context) -> {
			Flux<String> events = client(context).get()
				.uri("/llm/events")
				.exchange()
				.expectStatus()
				.isOk()
				.expectHeader()
				.contentTypeCompatibleWith(MediaType.TEXT_EVENT_STREAM)
				.returnResult(String.class)
				.getResponseBody();
			StepVerifier.create(events)
				.assertNext(described())
				.assertNext(described())
				.then(() -> context.publishEvent(new ContextClosedEvent(new GenericApplicationContext())))
				.assertNext(described())
				.then(() -> context.publishEvent(new ContextClosedEvent(context.getSourceApplicationContext())))
				.thenConsumeWhile((event) -> true)
				.expectComplete()
				.verify(Duration.ofSeconds(20));
		});
	}

	private static Consumer<String> described() {
		return (event) -> {
			JsonNode models = JsonMapper.shared().readTree(event).path("models");
			assertThat(models.valueStream().map((model) -> model.path("id").asString())).containsExactly("chat", "b");
			JsonNode chat = models.get(0);
			assertThat(chat.path("state").asString()).isEqualTo("READY");
			assertThat(chat.path("waiting").asInt()).isEqualTo(1);
			assertThat(chat.path("running").asInt()).isEqualTo(2);
			assertThat(chat.path("blocks").asInt()).isEqualTo(30);
			assertThat(chat.path("prefixHits").asInt()).isEqualTo(10);
			assertThat(chat.path("cells").asString()).isEqualTo(".chs");
			assertThat(chat.path("shared").asInt()).isEqualTo(3);
			assertThat(event.length()).isLessThan(2000);
		};
	}

	private static List<String> references(String text, String pattern) {
		return Pattern.compile(pattern).matcher(text).results().map((match) -> match.group(1)).toList();
	}

	private static String get(ApplicationContext context, String path, MediaType type) {
		WebTestClient.ResponseSpec response = client(context).get().uri(path).exchange();
		response.expectStatus()
			.isOk()
			.expectHeader()
			.valueMatches("Content-Security-Policy", Pattern.quote("default-src 'none'; script-src 'self'; ") + ".*")
			.expectHeader()
			.valueEquals("X-Content-Type-Options", "nosniff");
		if (type != null) {
			response.expectHeader().contentTypeCompatibleWith(type);
		}
		return response.expectBody(String.class).returnResult().getResponseBody();
	}

	private static WebTestClient client(ApplicationContext context) {
		return WebTestClient.bindToApplicationContext(context).configureClient().build();
	}

}
