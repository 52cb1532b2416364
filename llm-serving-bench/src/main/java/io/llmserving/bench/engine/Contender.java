package io.llmserving.bench.engine;

import java.io.IOException;

/**
 * An engine with its settings. Measurements are one at a time; between them it leaves the
 * cores alone.
 */
interface Contender extends AutoCloseable {

	String name();

	/**
	 * Returns tokens per second, once, after warming up.
	 */
	double measure(EngineRow row) throws IOException, InterruptedException;

	@Override
	void close() throws IOException;

}
