package io.llmserving.catalog;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.jspecify.annotations.Nullable;

/**
 * A web server of files on the loopback interface: ranges, conditions, redirects, and
 * faults on demand.
 */
final class FileServer implements AutoCloseable {

	private final HttpServer server;

	private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

	private final Map<String, Served> files = new ConcurrentHashMap<>();

	private final Deque<Fault> faults = new ArrayDeque<>();

	private final CountDownLatch closed = new CountDownLatch(1);

	/** Whether ranges are served of whatever the file is by now. */
	volatile boolean ignoresConditions;

	/** How far from what was asked for ranges start. */
	volatile int rangeShift;

	/** Whether bodies are sent in chunks, without their length. */
	volatile boolean hidesLength;

	final List<Asked> asked = new CopyOnWriteArrayList<>();

	FileServer() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.executor);
		this.server.createContext("/", this::handle);
		this.server.start();
	}

	String address() {
		return "http://127.0.0.1:" + this.server.getAddress().getPort();
	}

	/** Serves bytes with an entity tag, {@code null} for none. */
	FileServer file(String path, byte[] content, @Nullable String tag) {
		this.files.put(path, new Served(200, content, (tag != null) ? Map.of("ETag", tag) : Map.of()));
		return this;
	}

	FileServer answer(String path, int status, byte[] content, Map<String, String> headers) {
		this.files.put(path, new Served(status, content, headers));
		return this;
	}

	FileServer redirect(String path, String location, Map<String, String> headers) {
		Map<String, String> all = new HashMap<>(headers);
		all.put("Location", location);
		return answer(path, 302, new byte[0], all);
	}

	/** The next answers of files suffer these faults, one each. */
	synchronized void fail(Fault... next) {
		this.faults.addAll(List.of(next));
	}

	private synchronized @Nullable Fault nextFault() {
		return this.faults.poll();
	}

	List<Asked> asked(String path) {
		return this.asked.stream().filter((each) -> each.path().equals(path)).toList();
	}

	private void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			URI uri = exchange.getRequestURI();
			this.asked.add(new Asked(uri.getRawPath(), String.valueOf(uri.getRawQuery()),
					exchange.getRequestHeaders().getFirst("Range"), exchange.getRequestHeaders().getFirst("If-Range"),
					exchange.getRequestHeaders().getFirst("Authorization")));
			Served served = this.files.get(uri.getRawPath());
			if (served == null) {
				exchange.sendResponseHeaders(404, -1);
				return;
			}
			served.headers().forEach(exchange.getResponseHeaders()::set);
			if (served.status() != 200) {
				exchange.sendResponseHeaders(served.status(),
						served.content().length == 0 ? -1 : served.content().length);
				exchange.getResponseBody().write(served.content());
				return;
			}
			serve(exchange, served);
		}
	}

	private void serve(HttpExchange exchange, Served served) throws IOException {
		Fault fault = nextFault();
		if (fault != null && fault.status() != 0) {
			exchange.getResponseHeaders().set("Retry-After", "0");
			exchange.sendResponseHeaders(fault.status(), -1);
			return;
		}
		byte[] content = served.content();
		String range = exchange.getRequestHeaders().getFirst("Range");
		String condition = exchange.getRequestHeaders().getFirst("If-Range");
		boolean partial = range != null
				&& (condition == null || this.ignoresConditions || condition.equals(served.headers().get("ETag")));
		int from = partial ? Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1")) + this.rangeShift : 0;
		if (partial && from >= content.length) {
			exchange.sendResponseHeaders(416, -1);
			return;
		}
		if (partial) {
			exchange.getResponseHeaders()
				.set("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
		}
		long declared = (fault != null && fault.declared() != 0) ? fault.declared() : content.length - from;
		long length = (declared == 0) ? -1 : declared;
		exchange.sendResponseHeaders(partial ? 206 : 200, this.hidesLength ? 0 : length);
		int until = (fault != null) ? Math.min(content.length, from + fault.bytes()) : content.length;
		OutputStream body = exchange.getResponseBody();
		body.write(Arrays.copyOfRange(content, from, until));
		body.flush();
		if (fault != null && fault.hold() != null) {
			await(fault.hold());
			body.write(Arrays.copyOfRange(content, until, content.length));
		}
	}

	private void await(CountDownLatch hold) {
		try {
			while (hold.getCount() > 0 && this.closed.getCount() > 0) {
				hold.await(20, TimeUnit.MILLISECONDS);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.closed.countDown();
		this.server.stop(0);
		this.executor.shutdownNow();
	}

	record Asked(String path, String query, @Nullable String range, @Nullable String ifRange,
			@Nullable String authorization) {
	}

	private record Served(int status, byte[] content, Map<String, String> headers) {
	}

	/**
	 * What befalls one answer.
	 *
	 * @param status answered instead of the file, 0 for none
	 * @param bytes sent before the connection breaks or pauses
	 * @param declared the length to claim, 0 for the true one
	 * @param hold pauses after the bytes until it is released, {@code null} to break
	 */
	record Fault(int status, int bytes, long declared, @Nullable CountDownLatch hold) {

		static Fault status(int status) {
			return new Fault(status, 0, 0, null);
		}

		static Fault breakAfter(int bytes) {
			return new Fault(0, bytes, 0, null);
		}

		static Fault declare(long bytes) {
			return new Fault(0, Integer.MAX_VALUE / 2, bytes, null);
		}

		static Fault holdAfter(int bytes, CountDownLatch latch) {
			return new Fault(0, bytes, 0, latch);
		}

	}

}
