package io.llmserving.bench.engine;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * How near one stream comes to what memory allows. A token of it reads all weights, so
 * that its speed is that of memory, which on shared machines is another one every minute:
 * it is probed before each measurement.
 */
final class ReadRoofline {

	private final Probe reads;

	private final Bytes bytes;

	ReadRoofline(Probe reads, Bytes bytes) {
		this.reads = reads;
		this.bytes = bytes;
	}

	/**
	 * Returns whether reading bounds a row.
	 */
	boolean bounds(EngineRow row) {
		return row.kind() == EngineRow.Kind.DECODE;
	}

	/**
	 * Returns what memory gives now, in 10^9 bytes per second; null if that isn't known.
	 */
	@Nullable Double probe() throws IOException, InterruptedException {
		return this.reads.gigabytesPerSecond();
	}

	/**
	 * Returns which part of the probed reads a measurement reached.
	 */
	double share(EngineRow row, double tokensPerSecond, double probed) {
		return tokensPerSecond * this.bytes.ofToken(row) / 1e9 / probed;
	}

	/**
	 * Measures reads from memory.
	 */
	interface Probe {

		@Nullable Double gigabytesPerSecond() throws IOException, InterruptedException;

	}

	/**
	 * Bytes of weights, keys and values that a token of a row needs, the same for all
	 * engines. Known once ours has run the row.
	 */
	interface Bytes {

		double ofToken(EngineRow row);

	}

}
