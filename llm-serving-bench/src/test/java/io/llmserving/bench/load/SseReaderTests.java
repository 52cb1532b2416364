package io.llmserving.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SseReader}.
 */
class SseReaderTests {

	private static final String STREAM = "data: {\"a\":\"é\"}\n\n: a comment\ndata:{\"b\":2}\r\n\r\nevent: x\nid: 1\n"
			+ "data: \n\ndata: [DONE]\n\n";

	private static final List<String> EVENTS = List.of("{\"a\":\"é\"}", "{\"b\":2}", "", "[DONE]");

	@Test
	void theSameEventsComeWhereverTheBytesAreCut() {
		byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
		for (int first = 0; first <= bytes.length; first++) {
			for (int second = first; second <= bytes.length; second++) {
				assertThat(read(bytes, first, second)).as("cut at %d and %d", first, second).isEqualTo(EVENTS);
			}
		}
	}

	@Test
	void anEventLongerThanTheBufferComesWhole() {
		String text = "x".repeat(100_000);
		byte[] bytes = ("data: " + text + "\n\n").getBytes(StandardCharsets.UTF_8);
		assertThat(read(bytes, 3000, 70_000)).containsExactly(text);
	}

	@Test
	void aLineWithoutItsEndIsNoEventYet() {
		assertThat(read("data: {}".getBytes(StandardCharsets.UTF_8), 2, 4)).isEmpty();
	}

	private static List<String> read(byte[] bytes, int first, int second) {
		List<String> events = new ArrayList<>();
		SseReader reader = new SseReader();
		SseReader.Sink sink = (buffer, from, to) -> events
			.add(new String(buffer, from, to - from, StandardCharsets.UTF_8));
		reader.read(Unpooled.wrappedBuffer(bytes, 0, first), sink);
		reader.read(Unpooled.wrappedBuffer(bytes, first, second - first), sink);
		reader.read(Unpooled.wrappedBuffer(bytes, second, bytes.length - second), sink);
		return events;
	}

}
