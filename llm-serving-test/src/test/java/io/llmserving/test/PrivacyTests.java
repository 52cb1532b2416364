package io.llmserving.test;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

import io.opentelemetry.sdk.trace.data.SpanData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Looks for a prompt in everything that leaves the application beside the answer.
 */
@ExtendWith(OutputCaptureExtension.class)
class PrivacyTests {

	private static final String SECRET = "marmalade-7301";

	@Test
	void promptsAreInNoLogTagOrSpan(CapturedOutput output) throws Exception {
		List<String> told = exercise();
		assertThat(output.toString()).contains("Model 'tiny' is ready");
		told.add(output.toString());
		assertThat(told).hasSizeGreaterThan(30).noneMatch((text) -> text.contains(SECRET));
	}

	@Test
	void spansCarryPromptsOnceThatIsWanted(CapturedOutput output) throws Exception {
		List<String> told = exercise("llm.serving.observability.include-content=true");
		assertThat(told).anyMatch((text) -> text.contains("gen_ai.input.messages") && text.contains(SECRET))
			.filteredOn((text) -> !text.startsWith("span "))
			.noneMatch((text) -> text.contains(SECRET));
		assertThat(output).doesNotContain(SECRET);
	}

	/** Returns all that is told of some requests, good ones and bad ones. */
	private static List<String> exercise(String... properties) throws Exception {
		List<String> arguments = new ArrayList<>(List.of(properties));
		arguments.add("logging.level.io.llmserving=TRACE");
		List<String> told = new ArrayList<>();
		try (ObservedApplication application = new ObservedApplication(arguments.toArray(String[]::new))) {
			assertThat(application.chat(SECRET, "").statusCode()).isEqualTo(200);
			assertThat(application.chat(SECRET, ",\"stream\":true,\"stop\":[\"" + SECRET + "\"]").statusCode())
				.isEqualTo(200);
			assertThat(application.chat((SECRET + " ").repeat(400), "").statusCode()).isEqualTo(400);
			assertThat(application.send("/v1/completions", "{\"prompt\":\"" + SECRET + "\",\"max_tokens\":2}")
				.statusCode()).isEqualTo(200);
			LlmEngine engine = application.context.getBean(LlmEngine.class);
			engine.text(SECRET).take(1).blockLast(ObservedApplication.PATIENCE);
			assertThatException().isThrownBy(() -> engine.call(GenerationRequest.prompt(SECRET.repeat(500)).build()));
			await().atMost(ObservedApplication.PATIENCE)
				.until(() -> generations(application) == 6 && engine.statistics().running() == 0);
			for (SpanData span : application.spans()) {
				told.add("span " + span);
			}
			pages(application, told);
		}
		return told;
	}

	private static long generations(ObservedApplication application) {
		return application.spans()
			.stream()
			.filter((span) -> span.getName().equals("chat tiny") || span.getName().equals("text_completion tiny"))
			.count();
	}

	private static void pages(ObservedApplication application, List<String> told) throws Exception {
		for (String page : List.of("health", "info", "llmmodels", "prometheus", "metrics", "env", "configprops",
				"beans", "loggers", "mappings", "threaddump", "conditions")) {
			HttpResponse<String> answer = application.send("/actuator/" + page, null);
			assertThat(answer.statusCode()).as(page).isIn(200, 404);
			told.add(answer.body());
		}
		for (JsonNode name : JsonMapper.shared().readTree(application.get("/actuator/metrics")).path("names")) {
			if (name.asString().startsWith("llm.")) {
				told.add(application.get("/actuator/metrics/" + name.asString()));
			}
		}
	}

}
