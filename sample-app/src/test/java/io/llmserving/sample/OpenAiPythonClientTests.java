package io.llmserving.sample;

import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What OpenAI's own Python client makes of the application.
 */
class OpenAiPythonClientTests {

	@Test
	void thePythonClientUnderstandsAnswersStreamsAndErrors() throws Exception {
		PythonTools.require("openai==3.57.0");
		try (RunningSample sample = RunningSample.start(List.of())) {
			String output = PythonTools.run("src/test/python/openai_client.py", sample.root() + "/v1", "tiny");
			JsonNode found = JsonMapper.shared().readTree(output);
			assertThat(found.path("text").asString()).containsIgnoringCase("blue");
			assertThat(found.path("streamed").asString()).isEqualTo(found.path("text").asString());
			assertThat(found.path("parallel").valueStream().map(JsonNode::asString))
				.containsExactly(found.path("text").asString());
			assertThat(found.path("finish_reason").asString()).isEqualTo("stop");
			assertThat(found.path("first_role").asString()).isEqualTo("assistant");
			assertThat(found.path("total").asInt()).isEqualTo(found.path("sum").asInt())
				.isEqualTo(found.path("last_usage").asInt());
			assertThat(found.path("echo").asBoolean()).isTrue();
			assertThat(found.path("first_logprob").isNull()).isTrue();
			assertThat(found.path("best_of_last").asBoolean()).isTrue();
			assertThat(found.path("missing").asString()).isEqualTo("model_not_found");
			assertThat(found.path("refused").asString()).contains("best_of");
		}
	}

}
