package io.llmserving.test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import io.llmserving.api.LlmServing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An operator changes models of a running application over HTTP.
 */
class ModelsEndpointTests {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final String TINY = "classpath:io/llmserving/test/tiny.gguf";

	private ConfigurableApplicationContext open;

	@BeforeEach
	void start() {
		this.open = run("management.endpoint.llmmodels.access=unrestricted");
	}

	@AfterEach
	void stop() {
		this.open.close();
	}

	private static ConfigurableApplicationContext run(String... properties) {
		List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--server.address=127.0.0.1",
				"--spring.main.banner-mode=off", "--management.endpoints.web.exposure.include=*",
				"--llm.serving.default-model=first", "--llm.serving.models.first.source=" + TINY,
				"--llm.serving.models.second.source=" + TINY, "--llm.serving.models.second.load=manual",
				"--llm.serving.models.second.fallback=first", "--llm.serving.defaults.device=cpu",
				"--llm.serving.defaults.context-length=256", "--llm.serving.defaults.kv-cache.size=4MB",
				"--llm.serving.routes[0].name=org/name", "--llm.serving.routes[0].to.first=1"));
		for (String property : properties) {
			arguments.add("--" + property);
		}
		ConfigurableApplicationContext context = new SpringApplication(Application.class)
			.run(arguments.toArray(String[]::new));
		context.getBean(LlmServing.class).engine("first").ready().block(PATIENCE);
		return context;
	}

	@Test
	void aModelIsLoadedUnloadedAndReloaded() throws Exception {
		assertThat(call(this.open, "POST", "/second/load", "{}", 202).path("id").asString()).isEqualTo("second");
		awaitState("second", "READY");
		assertThat(call(this.open, "POST", "/second/load", "{}", 409).path("error").asString())
			.isEqualTo("The model 'second' is loaded already: reload it instead");
		call(this.open, "POST", "/second/reload", "{}", 202);
		call(this.open, "POST", "/second/unload", "{\"drain\":\"5s\"}", 202);
		awaitState("second", "UNLOADED");
		assertThat(call(this.open, "POST", "/second/unload", "{}", 409).path("error").asString())
			.isEqualTo("The model 'second' is not loaded. There is nothing to unload.");
		assertThat(call(this.open, "POST", "/second/reload", "{}", 409).path("error").asString()).contains("Load it.");
	}

	@Test
	void aModelThatIsNotConfiguredIsAddedWithItsProperties() throws Exception {
		call(this.open, "POST", "/third/load", """
				{"source":"%s","properties":"context-length=64;kv-cache.size=2MB"}""".formatted(TINY), 202);
		awaitState("third", "READY");
		JsonNode third = call(this.open, "GET", "/third", null, 200);
		assertThat(third.path("facts").path("contextLength").asInt()).isEqualTo(64);
		assertThat(chat("third")).contains("\"model\":\"third\"");
		assertThat(call(this.open, "POST", "/third/load", """
				{"source":"%s","properties":"context-length=128"}""".formatted(TINY), 409).path("error").asString())
			.contains("with other settings: unload it first");
	}

	@Test
	void whatIsWrongIsSaid() throws Exception {
		assertThat(call(this.open, "POST", "/none/load", "{}", 404).path("error").asString())
			.contains("The model 'none' does not exist")
			.contains("To add one, give its source");
		assertThat(call(this.open, "POST", "/first/explode", "{}", 404).path("error").asString())
			.isEqualTo("There is no action 'explode'; there are load, unload, reload, pin and unpin");
		assertThat(call(this.open, "POST", "/bad/load", "{\"source\":\"ftp:x\"}", 400).path("error").asString())
			.contains("ftp:x");
		assertThat(call(this.open, "POST", "/not-an-id/load", "{\"source\":\"%s\"}".formatted(TINY), 400).path("error")
			.asString()).contains("letters a to z and digits only");
		assertThat(call(this.open, "POST", "/bad/load", """
				{"source":"%s","properties":"kv-cach.size=1MB"}""".formatted(TINY), 400).path("error").asString())
			.contains("there is no kv-cach.size");
		call(this.open, "GET", "/none", null, 404);
	}

	@Test
	void pinsAndRoutesChangeAtOnce() throws Exception {
		assertThat(call(this.open, "POST", "/first/pin", "{}", 200).path("pinned").asBoolean()).isTrue();
		assertThat(call(this.open, "POST", "/first/unpin", "{}", 200).path("pinned").asBoolean()).isFalse();
		assertThat(call(this.open, "GET", "", null, 200).path("routes").path("org/name").path("first").asInt()).isOne();
		assertThat(call(this.open, "POST", "", "{\"route\":\"gpt-x\",\"to\":\"first=90,second=10\"}", 200).path("gpt-x")
			.toString()).isEqualTo("{\"first\":90,\"second\":10}");
		assertThat(call(this.open, "POST", "", "{\"route\":\"gpt-x\",\"to\":\"first\"}", 200).path("gpt-x").toString())
			.isEqualTo("{\"first\":1}");
		assertThat(chat("gpt-x")).contains("\"model\":\"gpt-x\"");
		assertThat(get(this.open, "/v1/models", 200)).contains("\"id\":\"gpt-x\"").contains("\"id\":\"org/name\"");
		assertThat(call(this.open, "POST", "", "{\"route\":\"x\",\"to\":\"first=many\"}", 400).path("error").asString())
			.isEqualTo("The weight of 'first' is no whole number: 'many'");
		assertThat(call(this.open, "POST", "", "{\"route\":\"x\",\"to\":\"none\"}", 404).path("error").asString())
			.contains("'none' does not exist");
		assertThat(call(this.open, "POST", "", "{\"route\":\"first\",\"to\":\"second\"}", 400).path("error").asString())
			.contains("has the id of a model");
		assertThat(call(this.open, "DELETE", "?route=gpt-x", null, 200).has("gpt-x")).isFalse();
		call(this.open, "DELETE", "?route=gpt-x", null, 404);
	}

	@Test
	void theFallbackAnswersOverHttp() throws Exception {
		assertThat(chat("second")).contains("\"finish_reason\"");
	}

	@Test
	void withoutOpenedAccessNothingCanBeChanged() throws Exception {
		this.open.close();
		try (ConfigurableApplicationContext closed = run()) {
			assertThat(call(closed, "GET", "/second", null, 200).path("state").asString()).isEqualTo("UNLOADED");
			assertThat(send(closed, "POST", "/actuator/llmmodels/second/load", "{}").statusCode()).isIn(404, 405);
			assertThat(send(closed, "DELETE", "/actuator/llmmodels?route=org/name", null).statusCode()).isIn(404, 405);
			assertThat(call(closed, "GET", "/second", null, 200).path("state").asString()).isEqualTo("UNLOADED");
		}
	}

	private String chat(String model) throws Exception {
		HttpResponse<String> answer = send(this.open, "POST", "/v1/chat/completions", """
				{"model":"%s","max_tokens":4,"messages":[{"role":"user","content":"Hi"}]}""".formatted(model));
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		return answer.body();
	}

	private void awaitState(String model, String state) {
		await().atMost(PATIENCE)
			.until(() -> call(this.open, "GET", "/" + model, null, 200).path("state").asString().equals(state));
	}

	private static JsonNode call(ConfigurableApplicationContext to, String method, String path, String body, int status)
			throws Exception {
		HttpResponse<String> answer = send(to, method, "/actuator/llmmodels" + path, body);
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
		return JsonMapper.shared().readTree(answer.body().isEmpty() ? "{}" : answer.body());
	}

	private static String get(ConfigurableApplicationContext from, String path, int status) throws Exception {
		HttpResponse<String> answer = send(from, "GET", path, null);
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
		return answer.body();
	}

	private static HttpResponse<String> send(ConfigurableApplicationContext to, String method, String path, String body)
			throws Exception {
		String port = to.getEnvironment().getRequiredProperty("local.server.port");
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.header("Content-Type", "application/json")
			.timeout(PATIENCE)
			.method(method,
					(body != null) ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody())
			.build();
		try (HttpClient client = HttpClient.newHttpClient()) {
			return client.send(request, HttpResponse.BodyHandlers.ofString());
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
