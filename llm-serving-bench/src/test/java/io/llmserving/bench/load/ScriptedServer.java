package io.llmserving.bench.load;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A server that answers as told: by default every request gets the tokens it asks for,
 * one event each, and usage.
 */
public final class ScriptedServer implements AutoCloseable {

	private final HttpServer server;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Queue<JsonNode> bodies = new ConcurrentLinkedQueue<>();

	private final AtomicInteger open = new AtomicInteger();

	private final AtomicInteger mostOpen = new AtomicInteger();

	private volatile Script script = ScriptedServer::complete;

	private volatile int health = 200;

	public ScriptedServer() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/v1/completions", this::handle);
		this.server.createContext("/v1/chat/completions", this::handle);
		this.server.createContext("/health", (exchange) -> {
			try (exchange) {
				refuse(exchange, this.health, "health");
			}
		});
		this.server.start();
	}

	public Target target() {
		return new Target(URI.create("http://127.0.0.1:" + this.server.getAddress().getPort() + "/v1"), null, "secret",
				false, Map.of());
	}

	public void answer(Script answer) {
		this.script = answer;
	}

	/** Answers requests of its health with a status. */
	public void health(int status) {
		this.health = status;
	}

	/** Bodies of the requests that came, in order. */
	public Queue<JsonNode> bodies() {
		return this.bodies;
	}

	/** Most requests that were open at a time. */
	public int mostOpen() {
		return this.mostOpen.get();
	}

	private void handle(HttpExchange exchange) throws IOException {
		this.mostOpen.accumulateAndGet(this.open.incrementAndGet(), Math::max);
		try (exchange) {
			JsonNode body = JsonMapper.shared().readTree(exchange.getRequestBody());
			this.bodies.add(body);
			this.script.answer(exchange, body);
		}
		finally {
			this.open.decrementAndGet();
		}
	}

	/** Streams these parts of an answer as they are. */
	public static void stream(HttpExchange exchange, String... parts) throws IOException {
		exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
		exchange.sendResponseHeaders(200, 0);
		try (OutputStream out = exchange.getResponseBody()) {
			for (String part : parts) {
				out.write(part.getBytes(StandardCharsets.UTF_8));
				out.flush();
			}
		}
	}

	/** Refuses with a status; or answers with it. */
	public static void refuse(HttpExchange exchange, int status, String text) throws IOException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(status, bytes.length);
		exchange.getResponseBody().write(bytes);
	}

	public static String token(String text) {
		return "data: {\"choices\":[{\"index\":0,\"text\":\"" + text + "\"}],\"usage\":null}\n\n";
	}

	public static String usage(int prompt, int completion, int cached) {
		return "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"prompt_tokens_details\":{\"cached_tokens\":%d}}}\n\n"
			.formatted(prompt, completion, cached);
	}

	public static final String DONE = "data: [DONE]\n\n";

	static void complete(HttpExchange exchange, JsonNode body) throws IOException {
		int tokens = body.path("max_tokens").asInt();
		String[] parts = new String[tokens + 2];
		for (int i = 0; i < tokens; i++) {
			parts[i] = token("t" + i);
		}
		parts[tokens] = usage(10, tokens, 4);
		parts[tokens + 1] = DONE;
		stream(exchange, parts);
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	/**
	 * Answers a request.
	 */
	@FunctionalInterface
	public interface Script {

		void answer(HttpExchange exchange, JsonNode body) throws IOException;

	}

}
