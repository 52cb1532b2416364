package io.llmserving.bench.load;

import java.util.Arrays;

import io.netty.buffer.ByteBuf;

/**
 * Finds the data lines of a stream of server-sent events, however its bytes are cut into
 * chunks. One data line is one event, as OpenAI's protocol has it; comments and other
 * fields are skipped. Confined to one thread; its buffer is reused.
 */
final class SseReader {

	private byte[] buffer = new byte[4096];

	private int size;

	/**
	 * Takes the chunk's bytes and tells the data lines that they complete, in order.
	 */
	void read(ByteBuf chunk, Sink sink) {
		int count = chunk.readableBytes();
		if (this.size + count > this.buffer.length) {
			this.buffer = Arrays.copyOf(this.buffer, Math.max(this.size + count, 2 * this.buffer.length));
		}
		int scanned = this.size;
		chunk.readBytes(this.buffer, this.size, count);
		this.size += count;
		int line = 0;
		for (int i = scanned; i < this.size; i++) {
			if (this.buffer[i] == '\n') {
				line(line, (i > line && this.buffer[i - 1] == '\r') ? i - 1 : i, sink);
				line = i + 1;
			}
		}
		System.arraycopy(this.buffer, line, this.buffer, 0, this.size - line);
		this.size -= line;
	}

	private void line(int from, int to, Sink sink) {
		if (to - from < 5 || this.buffer[from] != 'd' || this.buffer[from + 1] != 'a' || this.buffer[from + 2] != 't'
				|| this.buffer[from + 3] != 'a' || this.buffer[from + 4] != ':') {
			return;
		}
		int data = from + 5;
		sink.event(this.buffer, (data < to && this.buffer[data] == ' ') ? data + 1 : data, to);
	}

	/**
	 * Receives events.
	 */
	@FunctionalInterface
	interface Sink {

		/**
		 * Called for each event; the bytes are valid during the call only.
		 */
		void event(byte[] bytes, int from, int to);

	}

}
