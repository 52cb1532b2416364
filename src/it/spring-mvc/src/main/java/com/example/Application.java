package com.example;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;

/**
 * A servlet application: its controllers use the engine as a bean, blocking and
 * streaming.
 */
@SpringBootApplication
public class Application {

	public static void main(String[] arguments) throws Exception {
		ConfigurableApplicationContext context = SpringApplication.run(Application.class, arguments);
		System.out.println("CONTEXT " + context.getClass().getSimpleName());
		String base = "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
		for (String path : new String[] { "/answer?question=Hello", "/stream?question=Hello", "/v1/models",
				"/actuator/health/readiness" }) {
			HttpResponse<String> answer = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(URI.create(base + path)).build(), HttpResponse.BodyHandlers.ofString());
			System.out.println(path + " " + answer.statusCode() + " "
					+ answer.headers().firstValue("Content-Type").orElse("") + " " + answer.body().replace('\n', '|'));
		}
		System.exit(SpringApplication.exit(context));
	}

	/** The user's own endpoints. */
	@RestController
	static class Answers {

		private final LlmEngine engine;

		Answers(LlmEngine engine) {
			this.engine = engine;
		}

		@GetMapping("/answer")
		String answer(@RequestParam String question) {
			SamplingParameters few = SamplingParameters.builder().maxTokens(5).ignoreEos(true).build();
			Generation answer = this.engine
				.call(GenerationRequest.chat(List.of(ChatMessage.user(question))).sampling(few).build());
			return "TOKENS " + answer.usage().completionTokens() + " ON " + Thread.currentThread().getName();
		}

		@GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<String> stream(@RequestParam String question) {
			return this.engine.text(question);
		}

	}

}
