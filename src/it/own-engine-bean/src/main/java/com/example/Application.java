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
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmModel;
import io.llmserving.test.ScriptedEngine;
import io.llmserving.test.ScriptedServing;

/**
 * An application that brings an engine of its own: once in the place of a configured
 * model's bean, once behind a façade of its own.
 */
@SpringBootApplication
public class Application {

	public static void main(String[] arguments) throws Exception {
		run("bean");
		run("facade");
		System.exit(0);
	}

	private static void run(String profile) throws Exception {
		SpringApplication application = new SpringApplication(Application.class);
		application.setAdditionalProfiles(profile);
		try (ConfigurableApplicationContext context = application.run()) {
			String name = profile.toUpperCase() + ": ";
			System.out.println(name + "ENGINES " + context.getBeansOfType(LlmEngine.class).keySet());
			String port = context.getEnvironment().getRequiredProperty("local.server.port");
			show(name, port, "GET", "/v1/models", "");
			show(name, port, "POST", "/v1/chat/completions",
					"{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":64}");
		}
	}

	@Bean
	CommandLineRunner call(LlmEngine engine) {
		return (arguments) -> System.out.println("INJECTED " + engine.id() + " SAYS "
				+ engine.call(GenerationRequest.chat(List.of(ChatMessage.user("Hello"))).build()).text());
	}

	private static void show(String name, String port, String method, String path, String body) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.header("Content-Type", "application/json")
			.method(method, HttpRequest.BodyPublishers.ofString(body))
			.build();
		HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
		System.out.println(name + path + " " + answer.statusCode() + " " + answer.body());
	}

	/** An engine in the place of a configured model's. */
	@Configuration(proxyBeanMethods = false)
	@Profile("bean")
	static class OwnBean {

		@Bean("llmEngine.tiny")
		@LlmModel("tiny")
		LlmEngine engine() {
			return ScriptedEngine.answering("tiny", "of ", "my ", "own");
		}

	}

	/** An engine behind a façade that nothing but it stands behind. */
	@Configuration(proxyBeanMethods = false)
	@Profile("facade")
	static class OwnFacade {

		@Bean
		LlmServing serving() {
			return new ScriptedServing(ScriptedEngine.answering("tiny", "of ", "my ", "facade"));
		}

	}

}
