package io.llmserving.test;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A stream longer than a heartbeat, which is longer than a busy machine pauses.
 */
class BusyStreamTests {

	@Test
	void aBusyStreamSendsNoHeartbeats() throws Exception {
		String body = "{\"model\":\"endless\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":700,\"stream\":true}";
		try (WireServer server = new WireServer("llm.serving.openai.heartbeat=3s")) {
			assertThat(server.post("/v1/chat/completions", body).body()).contains("\"finish_reason\":\"length\"")
				.doesNotContain("keep-alive");
		}
	}

}
