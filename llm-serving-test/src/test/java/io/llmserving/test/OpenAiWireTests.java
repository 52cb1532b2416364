package io.llmserving.test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.LlmServing;
import io.llmserving.api.OverloadedException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bytes of OpenAI's protocol over a real socket, with a scripted engine behind it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenAiWireTests {

	private static final ScriptedEngine ECHO = ScriptedEngine.answering("echo", "Hel", "lo \"you\"\n", "✓");

	private static final ScriptedEngine ENDLESS = ScriptedEngine.scripted("endless",
			(request) -> Flux.interval(Duration.ofMillis(5)).onBackpressureDrop().map((tick) -> "x"));

	private static final ScriptedEngine FULL = ScriptedEngine.scripted("full", (request) -> Flux
		.error(new OverloadedException("The queue of 128 sequences is full", Duration.ofSeconds(3))));

	private static final ScriptedEngine BREAKS = ScriptedEngine.scripted("breaks",
			(request) -> Flux.just("half").concatWith(Flux.error(new EngineFailedException("The step failed", null))));

	private final HttpClient client = HttpClient.newHttpClient();

	private ConfigurableApplicationContext context;

	private String base;

	@BeforeAll
	void start() {
		this.context = new SpringApplication(Application.class).run("--server.port=0",
				"--llm.serving.openai.max-request-size=2KB", "--spring.main.banner-mode=off");
		this.base = "http://127.0.0.1:" + this.context.getEnvironment().getProperty("local.server.port") + "/v1";
	}

	@AfterAll
	void stop() {
		this.context.close();
	}

	@Test
	void streamedChatHasRoleContentFinishAndDone() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true}", "r1");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("content-type"))
			.hasValueSatisfying((type) -> assertThat(type).startsWith("text/event-stream"));
		String created = response.body().replaceAll("(?s).*?\"created\":(\\d+).*", "$1");
		String head = "data: {\"id\":\"chatcmpl-r1\",\"object\":\"chat.completion.chunk\",\"created\":" + created
				+ ",\"model\":\"echo\",\"system_fingerprint\":\"fp_scripted\",\"choices\":[{\"index\":0,\"delta\":";
		assertThat(response.body()).isEqualTo(head
				+ "{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" + head
				+ "{\"content\":\"Hel\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" + head
				+ "{\"content\":\"lo \\\"you\\\"\\n\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" + head
				+ "{\"content\":\"✓\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" + head
				+ "{},\"logprobs\":null,\"finish_reason\":\"stop\",\"stop_reason\":null}]}\n\n" + "data: [DONE]\n\n");
	}

	@Test
	void usageChunkComesOnceBeforeDoneAndIsNullElsewhere() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
				"r2");
		List<String> events = List.of(response.body().split("\n\n"));
		assertThat(events.subList(0, events.size() - 2)).allMatch((event) -> event.endsWith(",\"usage\":null}"));
		assertThat(events.get(events.size() - 2)).contains("\"choices\":[],\"usage\":{\"prompt_tokens\":")
			.contains("\"completion_tokens\":3,");
		assertThat(events.get(events.size() - 1)).isEqualTo("data: [DONE]");
	}

	@Test
	void wholeChatAnswerHasOneBody() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}],\"n\":2}", "r3");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
		assertThat(response.body()).startsWith("{\"id\":\"chatcmpl-r3\",\"object\":\"chat.completion\",")
			.contains(
					"{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"Hello \\\"you\\\"\\n✓\",\"refusal\":null}")
			.contains("\"completion_tokens\":6");
	}

	@Test
	void chatLogprobsCarryExactBytes() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"logprobs\":true,\"top_logprobs\":1}", "r4");
		assertThat(response.body()).contains(
				"\"logprobs\":{\"content\":[{\"token\":\"Hel\",\"logprob\":-0.5,\"bytes\":[72,101,108],\"top_logprobs\":[{\"token\":\"Hel\",\"logprob\":-0.5,\"bytes\":[72,101,108]}]}")
			.contains("],\"refusal\":null}");
	}

	@Test
	void completionIndexesCountOverPrompts() throws Exception {
		HttpResponse<String> response = post("/completions", "{\"prompt\":[\"a\",\"b\"],\"n\":2,\"max_tokens\":2}",
				"r5");
		assertThat(response.body()).contains("{\"index\":0,\"text\":\"Hello \\\"you\\\"\\n\"")
			.contains("{\"index\":3,\"text\":\"Hello")
			.contains("\"finish_reason\":\"length\"")
			.contains("\"prompt_tokens\":2,\"completion_tokens\":8");
	}

	@Test
	void echoWithZeroTokensGivesThePromptAndItsLogprobs() throws Exception {
		HttpResponse<String> response = post("/completions",
				"{\"prompt\":\"ab\",\"echo\":true,\"logprobs\":1,\"max_tokens\":0}", "r6");
		assertThat(response.body()).contains("\"text\":\"ab\"")
			.contains(
					"\"logprobs\":{\"tokens\":[\"a\",\"b\"],\"token_logprobs\":[null,-1.0],\"top_logprobs\":[null,{\"b\":-1.0}],\"text_offset\":[0,1]}")
			.contains("\"completion_tokens\":0");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					{                                                                         | 400 | invalid_json
					[]                                                                        | 400 | invalid_json
					{"messages":[]}                                                           | 400 | 'messages' must be an array
					{"messages":[{"role":"robot","content":"x"}]}                             | 400 | messages[0].role
					{"messages":[{"role":"user"}]}                                            | 400 | 'messages[0].content' is missing
					{"messages":[{"role":"user","content":"x"}],"temperature":"hot"}          | 400 | 'temperature' must be a number, not a string
					{"messages":[{"role":"user","content":"x"}],"wings":2}                    | 400 | 'wings' is not supported
					{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]} | 400 | 'tools' is not supported
					{"messages":[{"role":"user","content":"x"}],"top_logprobs":2}             | 400 | needs 'logprobs'
					{"messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":21} | 400 | from 0 to 20
					{"messages":[{"role":"user","content":"x"}],"stream_options":{}}          | 400 | needs 'stream'
					{"messages":[{"role":"user","content":"x"}],"model":"none"}               | 404 | model_not_found
					{"messages":[{"role":"user","content":"x"}],"model":"full","stream":true} | 503 | overloaded
					""")
	void badRequestsAreExplainedInTheProtocolsShape(String body, int status, String text) throws Exception {
		HttpResponse<String> response = post("/chat/completions", body, "bad");
		assertThat(response.statusCode()).isEqualTo(status);
		assertThat(response.body()).contains("{\"error\":{\"message\":\"").contains(text).contains("\"code\":");
	}

	@Test
	void neutralFieldsAreAccepted() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"user\":\"u\",\"metadata\":{},\"store\":false,\"tools\":[],\"tool_choice\":\"none\",\"response_format\":{\"type\":\"text\"},\"seed\":-1,\"stop\":null}",
				"n");
		assertThat(response.statusCode()).isEqualTo(200);
	}

	@Test
	void anErrorInMidStreamEndsWithAnErrorEventAndDone() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"model\":\"breaks\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":true}", "e");
		assertThat(response.body()).contains("\"content\":\"half\"")
			.endsWith(
					"data: {\"error\":{\"message\":\"The step failed\",\"type\":\"server_error\",\"param\":null,\"code\":\"engine_failed\"}}\n\ndata: [DONE]\n\n")
			.doesNotContain("\"finish_reason\":\"");
	}

	@Test
	void errorsBeforeTheAnswerCarryStatusAndRetryAfter() throws Exception {
		HttpResponse<String> response = post("/chat/completions",
				"{\"model\":\"full\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "f");
		assertThat(response.statusCode()).isEqualTo(503);
		assertThat(response.headers().firstValue("retry-after")).hasValue("3");
	}

	@Test
	void unknownPathsMethodsTypesAndSizesHaveTheProtocolsShape() throws Exception {
		assertThat(send(HttpRequest.newBuilder(URI.create(this.base + "/nothing")).GET().build()))
			.satisfies((response) -> assertError(response, 404, "there is no such endpoint"));
		assertThat(send(HttpRequest.newBuilder(URI.create(this.base + "/chat/completions"))
			.header("Accept", "text/event-stream")
			.GET()
			.build())).satisfies((response) -> assertError(response, 405, "GET is not allowed"));
		assertThat(send(HttpRequest.newBuilder(URI.create(this.base + "/chat/completions"))
			.header("Content-Type", "text/plain")
			.POST(HttpRequest.BodyPublishers.ofString("x"))
			.build())).satisfies((response) -> assertError(response, 415, "application/json"));
		assertError(post("/chat/completions", "{\"x\":\"" + "y".repeat(3000) + "\"}", "big"), 413, "2048 bytes");
	}

	@Test
	void modelsAreListedAndFoundById() throws Exception {
		assertThat(send(HttpRequest.newBuilder(URI.create(this.base + "/models")).GET().build()).body())
			.startsWith("{\"object\":\"list\",\"data\":[{\"id\":\"echo\",\"object\":\"model\"");
		assertThat(send(HttpRequest.newBuilder(URI.create(this.base + "/models/endless")).GET().build()).body())
			.startsWith("{\"id\":\"endless\"");
		assertError(send(HttpRequest.newBuilder(URI.create(this.base + "/models/a/b")).GET().build()), 404,
				"The model 'a/b' does not exist");
	}

	@Test
	void textIsTokenizedAndBack() throws Exception {
		assertThat(post("/tokenize", "{\"prompt\":\"ab\"}", "t").body())
			.isEqualTo("{\"count\":2,\"max_model_len\":4096,\"tokens\":[97,98]}");
		assertThat(post("/detokenize", "{\"tokens\":[97,98]}", "t").body()).isEqualTo("{\"prompt\":\"ab\"}");
		assertError(post("/detokenize", "{\"tokens\":[999]}", "t"), 400, "999");
	}

	@Test
	void aClientThatGoesAwayCancelsItsGeneration() throws Exception {
		int before = ENDLESS.cancelled();
		HttpRequest request = request("/chat/completions",
				"{\"model\":\"endless\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":true}", "c");
		HttpResponse<java.io.InputStream> response = this.client.send(request,
				HttpResponse.BodyHandlers.ofInputStream());
		assertThat(response.body().read()).isEqualTo('d');
		response.body().close();
		Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> ENDLESS.cancelled() == before + 1);
		assertThat(ENDLESS.running()).isZero();
	}

	private static void assertError(HttpResponse<String> response, int status, String text) {
		assertThat(response.statusCode()).isEqualTo(status);
		assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
		assertThat(response.body()).startsWith("{\"error\":{\"message\":\"").contains(text);
	}

	private HttpResponse<String> post(String path, String body, String requestId) throws Exception {
		return send(request(path, body, requestId));
	}

	private HttpRequest request(String path, String body, String requestId) {
		return HttpRequest.newBuilder(URI.create(this.base + path))
			.header("Content-Type", "application/json")
			.header("Accept", "application/json")
			.header("X-Request-Id", requestId)
			.timeout(Duration.ofSeconds(60))
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build();
	}

	private HttpResponse<String> send(HttpRequest request) throws Exception {
		return this.client.send(request, HttpResponse.BodyHandlers.ofString());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		LlmServing llmServing() {
			return new ScriptedServing(ECHO, ENDLESS, FULL, BREAKS);
		}

	}

}
