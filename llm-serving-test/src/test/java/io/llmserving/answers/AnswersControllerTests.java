package io.llmserving.answers;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.test.web.reactive.server.WebTestClient;

import io.llmserving.test.AutoConfigureTestModels;
import io.llmserving.test.ScriptedEngine;

/**
 * Scripted models in another slice.
 */
@WebFluxTest(controllers = AnswersController.class, properties = "spring.test.webtestclient.timeout=60s")
@AutoConfigureTestModels
class AnswersControllerTests {

	@Test
	void aControllerAsksTheScriptedModel(@Autowired WebTestClient client, @Autowired ScriptedEngine engine) {
		engine.answer("The", " sky");
		client.get()
			.uri("/ask?model=test&question=Why")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.isEqualTo("The sky");
	}

}
