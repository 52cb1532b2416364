package io.llmserving.catalog;

/**
 * Turns a pending interrupt into the exception callers know.
 */
final class Interrupts {

	private Interrupts() {
	}

	/**
	 * Clears the thread's flag, because an exception takes its place.
	 */
	static InterruptedException clear() {
		Thread.interrupted();
		return new InterruptedException("interrupted while a model was fetched");
	}

	static void check() throws InterruptedException {
		if (Thread.currentThread().isInterrupted()) {
			throw clear();
		}
	}

}
