package io.llmserving.answers;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

import io.llmserving.api.OverloadedException;
import io.llmserving.test.AutoConfigureTestModels;
import io.llmserving.test.ScriptedAnswer;
import io.llmserving.test.ScriptedEngine;

/**
 * The whole application with its endpoints over a scripted model.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = "llm.serving.models.chat.source=hf:no-such-organisation/no-such-model")
@AutoConfigureTestModels
@AutoConfigureWebTestClient(timeout = "60s")
class WholeApplicationTests {

	private static final String CHAT = "{\"model\":\"chat\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}";

	@Autowired
	private WebTestClient client;

	@Autowired
	private ScriptedEngine chat;

	@Test
	void theEndpointsAnswerWhatTheTestSays() {
		this.chat.answer("The", " sky");
		post().expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.choices[0].message.content")
			.isEqualTo("The sky")
			.jsonPath("$.choices[0].finish_reason")
			.isEqualTo("stop");
	}

	@Test
	void aFailureHasItsStatus() {
		this.chat.answer(ScriptedAnswer.failure(new OverloadedException("The queue is full", Duration.ofSeconds(3))));
		post().expectStatus()
			.isEqualTo(503)
			.expectHeader()
			.valueEquals("Retry-After", "3")
			.expectBody()
			.jsonPath("$.error.code")
			.isEqualTo("overloaded");
	}

	private WebTestClient.ResponseSpec post() {
		return this.client.post()
			.uri("/v1/chat/completions")
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue(CHAT)
			.exchange();
	}

}
