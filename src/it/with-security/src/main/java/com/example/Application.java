package com.example;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

import io.llmserving.api.LlmEngine;

/**
 * An application with Spring Security as it comes, and an API key with a limit.
 */
@SpringBootApplication
public class Application {

	private static final String CHAT = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":3}";

	public static void main(String[] arguments) {
		System.exit(SpringApplication.exit(SpringApplication.run(Application.class, arguments)));
	}

	@Bean
	CommandLineRunner call(LlmEngine engine, Environment environment) {
		return (arguments) -> {
			engine.ready().block(Duration.ofMinutes(1));
			String base = "http://127.0.0.1:" + environment.getRequiredProperty("local.server.port");
			String admin = "Basic YWRtaW46c2VjcmV0";
			show("CHAT WITHOUT KEY", chat(base, "none"));
			show("CHAT WITH LOGIN", chat(base, admin));
			show("CHAT WITH KEY", chat(base, "Bearer sk-it"));
			show("CHAT AGAIN", chat(base, "Bearer sk-it"));
			show("CHAT BEYOND", chat(base, "Bearer sk-it"));
			show("ENV WITHOUT LOGIN", get(base + "/actuator/env", "none"));
			show("ENV WITH KEY", get(base + "/actuator/env", "Bearer sk-it"));
			show("ENV WITH LOGIN", get(base + "/actuator/env", admin));
			// Not readiness, which comes after the runners.
			show("HEALTH", get(base + "/actuator/health/liveness", "none"));
		};
	}

	private static void show(String what, HttpResponse<String> response) {
		System.out.println(what + " " + response.statusCode() + " " + response.headers().map().get("x-ratelimit-remaining-requests"));
	}

	private static HttpResponse<String> chat(String base, String authorization) throws Exception {
		return send(HttpRequest.newBuilder(URI.create(base + "/v1/chat/completions"))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(CHAT)), authorization);
	}

	private static HttpResponse<String> get(String address, String authorization) throws Exception {
		return send(HttpRequest.newBuilder(URI.create(address)), authorization);
	}

	private static HttpResponse<String> send(HttpRequest.Builder request, String authorization) throws Exception {
		return HttpClient.newHttpClient()
			.send(request.header("Authorization", authorization).build(), HttpResponse.BodyHandlers.ofString());
	}

}
