package io.llmserving.bench.engine;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * How near one stream comes to what memory allows. A token of it reads all weights, so
 * that its speed is that of memory, which on shared machines is another one every minute:
 * it is probed before and after each measurement.
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
	 * Returns what memory gives now, in 10^9 bytes per second; NaN if that isn't known.
	 */
	double probe() throws IOException, InterruptedException {
		Double rate = this.reads.gigabytesPerSecond();
		return (rate != null) ? rate : Double.NaN;
	}

	/**
	 * Returns which part of the reads probed before and after it a measurement reached;
	 * NaN if they aren't known.
	 */
	double share(EngineRow row, double tokensPerSecond, double before, double after) {
		return tokensPerSecond * this.bytes.ofToken(row) / 1e9 / ((before + after) / 2);
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
