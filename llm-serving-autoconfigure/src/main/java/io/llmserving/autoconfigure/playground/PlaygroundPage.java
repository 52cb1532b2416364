package io.llmserving.autoconfigure.playground;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.HtmlUtils;
import reactor.core.publisher.Mono;

/**
 * Serves the page: files from the jar, outside of the directories that an application
 * serves by itself, so that they are there only where they were asked for. Nothing may be
 * loaded from anywhere else, nothing may be written into the page.
 */
final class PlaygroundPage {

	private static final String DIRECTORY = "META-INF/llm-serving/playground/";

	/** All that the page is made of, with its types. */
	private static final Map<String, String> FILES = Map.of("playground.css", "text/css;charset=UTF-8", "icon.svg",
			"image/svg+xml", "main.js", "text/javascript;charset=UTF-8", "chat.js", "text/javascript;charset=UTF-8",
			"stream.js", "text/javascript;charset=UTF-8", "tokens.js", "text/javascript;charset=UTF-8", "engine.js",
			"text/javascript;charset=UTF-8");

	private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
			+ "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

	private final String path;

	private final String api;

	/**
	 * Creates the page.
	 * @param path where it is
	 * @param api base path of the endpoints that it calls
	 */
	PlaygroundPage(String path, String api) {
		this.path = path;
		this.api = api;
	}

	RouterFunction<ServerResponse> router() {
		byte[] page = page();
		RouterFunctions.Builder routes = RouterFunctions.route()
			.GET(this.path, this::entry)
			.GET(this.path + "/", (request) -> answer("text/html;charset=UTF-8", page));
		FILES.forEach((name, type) -> {
			byte[] content = read(name);
			routes.GET(this.path + "/" + name, (request) -> answer(type, content));
		});
		return routes.build();
	}

	/**
	 * Leads to the page, whose addresses are relative, so that it also works behind a
	 * proxy that adds to the path.
	 */
	private Mono<ServerResponse> entry(ServerRequest request) {
		String last = this.path.substring(this.path.lastIndexOf('/') + 1);
		return ServerResponse.temporaryRedirect(URI.create(last + "/")).build();
	}

	private static Mono<ServerResponse> answer(String type, byte[] content) {
		return ServerResponse.ok()
			.contentType(MediaType.parseMediaType(type))
			.header("Content-Security-Policy", POLICY)
			.header("X-Content-Type-Options", "nosniff")
			.header("Referrer-Policy", "no-referrer")
			.header("Cache-Control", "no-cache")
			.bodyValue(content);
	}

	private byte[] page() {
		long depth = this.path.chars().filter((c) -> c == '/').count();
		String relative = "../".repeat((int) depth) + this.api.substring(1);
		String page = new String(read("index.html"), StandardCharsets.UTF_8);
		return page.replace("@api@", HtmlUtils.htmlEscape(relative)).getBytes(StandardCharsets.UTF_8);
	}

	private static byte[] read(String name) {
		try {
			return new ClassPathResource(DIRECTORY + name, PlaygroundPage.class.getClassLoader())
				.getContentAsByteArray();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
