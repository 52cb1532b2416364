package com.example;

import java.util.List;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.util.ClassUtils;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;

/**
 * An application without a web server that takes the auto-configuration alone and none of
 * the libraries that are optional to it: it starts, its engine answers whole and as a
 * stream, and it stops.
 */
@SpringBootApplication
public class Application {

	/** A class of each library that the auto-configuration can do without. */
	private static final List<String> OPTIONAL = List.of("org.springframework.web.reactive.DispatcherHandler",
			"reactor.netty.http.server.HttpServer",
			"org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory",
			"org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
			"org.springframework.boot.health.contributor.HealthIndicator",
			"org.springframework.boot.actuate.endpoint.annotation.Endpoint",
			"io.micrometer.core.instrument.MeterRegistry", "io.micrometer.prometheusmetrics.PrometheusMeterRegistry",
			"org.springframework.security.config.web.server.ServerHttpSecurity",
			"org.springframework.security.web.server.SecurityWebFilterChain",
			"org.springframework.security.oauth2.jwt.ReactiveJwtDecoder",
			"io.github.resilience4j.ratelimiter.RateLimiter", "io.github.resilience4j.bulkhead.Bulkhead");

	public static void main(String[] arguments) {
		ConfigurableApplicationContext context = SpringApplication.run(Application.class, arguments);
		System.out.println("CONTEXT " + context.getClass().getSimpleName());
		System.exit(SpringApplication.exit(context));
	}

	@Bean
	CommandLineRunner call(LlmEngine engine) {
		return (arguments) -> {
			System.out.println("PRESENT " + OPTIONAL.stream()
				.filter((name) -> ClassUtils.isPresent(name, Application.class.getClassLoader()))
				.toList());
			SamplingParameters few = SamplingParameters.builder().maxTokens(5).ignoreEos(true).build();
			Generation answer = engine
				.call(GenerationRequest.chat(List.of(ChatMessage.user("Hello"))).sampling(few).build());
			System.out
				.println("BEAN ANSWERED WITH " + answer.usage().completionTokens() + " TOKENS, MODEL " + answer.model());
			String streamed = String.join("", engine.text("What color is the sky?").collectList().block());
			System.out.println("STREAMED " + (streamed.isEmpty() ? "NOTHING" : "TEXT"));
		};
	}

}
