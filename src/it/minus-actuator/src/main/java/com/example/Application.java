package com.example;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;

/**
 * An application that leaves the actuator out: it starts, and its engine answers.
 */
@SpringBootApplication
public class Application {

	public static void main(String[] arguments) throws Exception {
		ConfigurableApplicationContext context = SpringApplication.run(Application.class, arguments);
		showReadiness(context.getEnvironment());
		System.exit(SpringApplication.exit(context));
	}

	@Bean
	CommandLineRunner call(LlmEngine engine, Environment environment) {
		return (arguments) -> {
			SamplingParameters few = SamplingParameters.builder().maxTokens(5).ignoreEos(true).build();
			Generation answer = engine
				.call(GenerationRequest.chat(List.of(ChatMessage.user("Hello"))).sampling(few).build());
			System.out
				.println("BEAN ANSWERED WITH " + answer.usage().completionTokens() + " TOKENS, MODEL " + answer.model());
			String base = "http://127.0.0.1:" + environment.getRequiredProperty("local.server.port");
			HttpResponse<String> chat = send(HttpRequest.newBuilder(URI.create(base + "/v1/chat/completions"))
				.header("Content-Type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString(
						"{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":3,\"ignore_eos\":true}")));
			System.out.println("CHAT " + chat.statusCode() + " " + chat.body());
		};
	}

	private static void showReadiness(Environment environment) throws Exception {
		String base = "http://127.0.0.1:" + environment.getRequiredProperty("local.server.port");
		HttpResponse<String> ready = send(HttpRequest.newBuilder(URI.create(base + "/actuator/health/readiness")));
		System.out.println("READINESS " + ready.statusCode() + " " + ready.body());
	}

	private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

}
