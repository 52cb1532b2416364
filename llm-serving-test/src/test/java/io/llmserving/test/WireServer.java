package io.llmserving.test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmServing;
import io.llmserving.api.OverloadedException;

/**
 * An application over scripted engines on a port of its own, and a client without any
 * opinion about the protocol.
 */
final class WireServer implements AutoCloseable {

	/** What a busy machine may take for anything that takes no time. */
	static final Duration PATIENCE = Duration.ofSeconds(60);

	/** The requests that the engine {@code echo} had. */
	final List<GenerationRequest> seen = new CopyOnWriteArrayList<>();

	final ScriptedEngine echo = ScriptedEngine.scripted("echo", (request) -> {
		this.seen.add(request);
		return Flux.just("Hel", "lo \"you\"\n", "✓😀");
	});

	final ScriptedEngine endless = ScriptedEngine.scripted("endless",
			(request) -> Flux.interval(Duration.ofMillis(5)).onBackpressureDrop().map((tick) -> "x"));

	final ScriptedEngine silent = ScriptedEngine.scripted("silent", (request) -> Flux.never());

	final ScriptedEngine late = ScriptedEngine.scripted("late",
			(request) -> Flux.just("late").delaySubscription(Duration.ofMillis(250)));

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	final ConfigurableApplicationContext context;

	final int port;

	/** Starts an application without Spring Security. */
	WireServer(String... properties) {
		this(List.of(Application.class), Stream.of(properties));
	}

	/**
	 * Starts an application with Spring Security, and with a configuration of its own.
	 */
	static WireServer secured(Class<?> own, String... properties) {
		return new WireServer(List.of(Application.class, own),
				Stream.concat(Stream.of("spring.autoconfigure.exclude="), Stream.of(properties)));
	}

	private WireServer(List<Class<?>> sources, Stream<String> properties) {
		SpringApplication application = new SpringApplication(sources.toArray(Class<?>[]::new));
		Function<GenerationRequest, Flux<String>> full = (request) -> Flux
			.error(new OverloadedException("The queue of 128 sequences is full", Duration.ofMillis(2500)));
		Function<GenerationRequest, Flux<String>> breaks = (request) -> Flux.just("half")
			.concatWith(Flux.error(new EngineFailedException("The step failed", null)));
		LlmServing serving = new ScriptedServing(this.echo, this.endless, this.silent, this.late,
				ScriptedEngine.scripted("full", full), ScriptedEngine.scripted("breaks", breaks),
				ScriptedEngine.answering("org/name", "slash"));
		application.addInitializers((context) -> context.getBeanFactory().registerSingleton("llmServing", serving));
		List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--spring.main.banner-mode=off"));
		properties.forEach((property) -> arguments.add("--" + property));
		this.context = application.run(arguments.toArray(String[]::new));
		this.port = Integer.parseInt(this.context.getEnvironment().getRequiredProperty("local.server.port"));
	}

	HttpResponse<String> post(String path, String body, String... headers) throws Exception {
		return send(request(path, headers).POST(HttpRequest.BodyPublishers.ofString(body)));
	}

	HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	HttpRequest.Builder request(String path, String... headers) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + path))
			.timeout(PATIENCE);
		if (headers.length > 0) {
			request.headers(headers);
		}
		return request;
	}

	HttpClient client() {
		return this.client;
	}

	@Override
	public void close() {
		this.context.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		/** Threads of its own: the shared ones end with the first server that closes. */
		@Bean
		ReactorResourceFactory resources() {
			ReactorResourceFactory resources = new ReactorResourceFactory();
			resources.setUseGlobalResources(false);
			return resources;
		}

		@Bean
		Admin admin() {
			return new Admin();
		}

	}

	/**
	 * The application's own endpoints under the same base path.
	 */
	@RestController
	static class Admin {

		@GetMapping("/v1/admin/users")
		Mono<String> users() {
			return Mono.just("the application's own");
		}

		@GetMapping("/v1/admin/missing")
		Mono<String> missing() {
			return Mono.error(new ResponseStatusException(HttpStatus.NOT_FOUND, "no such user"));
		}

	}

}
