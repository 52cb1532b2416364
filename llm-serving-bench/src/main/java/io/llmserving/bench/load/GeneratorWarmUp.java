package io.llmserving.bench.load;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;

/**
 * Lets the JVM compile the generator before anything is timed: in its first seconds an
 * interpreted generator takes several times the CPU time that it takes later, from a
 * server that has the same cores. Requests go over the loopback to canned answers.
 */
final class GeneratorWarmUp {

	private static final int EVENTS = 250;

	private static final int REQUESTS = 160;

	/**
	 * Several events come at a time: on a busy machine each packet may wait for a core.
	 */
	private static final int PACKET = 4096;

	private static final int STREAMS = 4;

	private static boolean done;

	private GeneratorWarmUp() {
	}

	/**
	 * Warms up, once per process.
	 */
	static synchronized void run() throws InterruptedException {
		if (done) {
			return;
		}
		done = true;
		try {
			load();
		}
		catch (IOException ex) {
			// Without a loopback nothing can be measured either; the benchmark will say
			// so.
		}
	}

	/**
	 * Puts load on canned answers.
	 */
	static LoadRun load() throws IOException, InterruptedException {
		try (ServerSocket server = new ServerSocket()) {
			server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
			Thread.ofVirtual().start(() -> serve(server));
			Target target = new Target(URI.create("http://127.0.0.1:%d/v1".formatted(server.getLocalPort())), null,
					null, false, Map.of());
			PlannedRequest request = new RequestBodies(target, true, null).request("warm", EVENTS);
			try (LoadClient client = new LoadClient(target, Duration.ofSeconds(60))) {
				return client.closedLoop(Collections.nCopies(REQUESTS, request), STREAMS);
			}
		}
	}

	private static void serve(ServerSocket server) {
		while (!server.isClosed()) {
			try {
				Socket socket = server.accept();
				Thread.ofVirtual().start(() -> answer(socket));
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private static void answer(Socket socket) {
		try (socket) {
			socket.setTcpNoDelay(true);
			skipRequest(socket.getInputStream());
			OutputStream out = new BufferedOutputStream(socket.getOutputStream(), PACKET);
			write(out, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
			String event = "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"warm\","
					+ "\"choices\":[{\"index\":0,\"text\":\" word\",\"logprobs\":null,\"finish_reason\":null}],"
					+ "\"usage\":null}\n\n";
			for (int i = 0; i < EVENTS; i++) {
				chunk(out, event);
			}
			chunk(out, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":%d}}\n\n"
				.formatted(EVENTS));
			chunk(out, "data: [DONE]\n\n");
			write(out, "0\r\n\r\n");
			out.flush();
		}
		catch (IOException ex) {
			// The client has left.
		}
	}

	/** Reads until the end of the JSON, which is the last byte that the client sends. */
	private static void skipRequest(InputStream in) throws IOException {
		byte[] buffer = new byte[4096];
		int read = in.read(buffer);
		while (read > 0 && buffer[read - 1] != '}') {
			read = in.read(buffer);
		}
	}

	private static void chunk(OutputStream out, String text) throws IOException {
		write(out, Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
	}

	private static void write(OutputStream out, String text) throws IOException {
		out.write(text.getBytes(StandardCharsets.US_ASCII));
	}

}
