package io.llmserving.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/**
 * A streamed chat over a bare socket, which can be closed at any point.
 */
final class SocketStream implements AutoCloseable {

	private final Socket socket;

	private final BufferedReader reader;

	SocketStream(String root, String body) throws IOException {
		URI uri = URI.create(root);
		this.socket = new Socket(uri.getHost(), uri.getPort());
		this.socket.setSoTimeout(60_000);
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		this.socket.getOutputStream()
			.write(("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
					+ "Connection: close\r\nContent-Length: " + bytes.length + "\r\n\r\n")
				.getBytes(StandardCharsets.US_ASCII));
		this.socket.getOutputStream().write(bytes);
		this.reader = new BufferedReader(new InputStreamReader(this.socket.getInputStream(), StandardCharsets.UTF_8));
	}

	/** Returns the payload of the next event, null at the end of the stream. */
	@Nullable String next() throws IOException {
		for (String line = this.reader.readLine(); line != null; line = this.reader.readLine()) {
			if (line.startsWith("data: ")) {
				return line.substring(6);
			}
		}
		return null;
	}

	/** Reads to the end and returns whether the last event was the protocol's own. */
	boolean readToEnd() throws IOException {
		String last = null;
		for (String event = next(); event != null; event = next()) {
			last = event;
		}
		return "[DONE]".equals(last);
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
