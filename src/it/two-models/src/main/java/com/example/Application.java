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
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;
import io.llmserving.autoconfigure.LlmModel;

/**
 * An application with two models: injected by id, named by requests, reached by an alias.
 */
@SpringBootApplication
public class Application {

	public static void main(String[] arguments) throws Exception {
		ConfigurableApplicationContext context = SpringApplication.run(Application.class, arguments);
		askOverHttp(context.getEnvironment());
		System.exit(SpringApplication.exit(context));
	}

	@Bean
	CommandLineRunner call(LlmEngine unnamed, @LlmModel("big") LlmEngine big, @LlmModel("small") LlmEngine small) {
		return (arguments) -> {
			System.out.println("DEFAULT IS " + unnamed.id());
			System.out.println("BIG ANSWERS " + answer(big));
			System.out.println("SMALL ANSWERS " + answer(small));
		};
	}

	private static String answer(LlmEngine engine) {
		SamplingParameters greedy = SamplingParameters.builder().temperature(0f).maxTokens(8).ignoreEos(true).build();
		var answer = engine.call(GenerationRequest.chat(List.of(ChatMessage.user("Hello"))).sampling(greedy).build());
		return answer.model() + " " + answer.usage().completionTokens() + " OF CONTEXT "
				+ engine.ready().block().contextLength();
	}

	private static void askOverHttp(Environment environment) throws Exception {
		String base = "http://127.0.0.1:" + environment.getRequiredProperty("local.server.port");
		show("MODELS", HttpRequest.newBuilder(URI.create(base + "/v1/models")));
		for (String model : List.of("big", "small", "org/alias", "none")) {
			show("CHAT " + model, chat(base, "\"model\":\"" + model + "\","));
		}
		show("CHAT UNNAMED", chat(base, ""));
		show("READINESS", HttpRequest.newBuilder(URI.create(base + "/actuator/health/readiness")));
	}

	private static HttpRequest.Builder chat(String base, String model) {
		return HttpRequest.newBuilder(URI.create(base + "/v1/chat/completions"))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{" + model
					+ "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":3,\"ignore_eos\":true}"));
	}

	private static void show(String what, HttpRequest.Builder request) throws Exception {
		HttpResponse<String> answer = HttpClient.newHttpClient()
			.send(request.build(), HttpResponse.BodyHandlers.ofString());
		System.out.println(what + " " + answer.statusCode() + " " + answer.body());
	}

}
