package io.llmserving.serving;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.ShuttingDownException;

/**
 * Loads and unloads models one after another. Safe for use by many threads.
 */
final class LoaderThread {

	private final Map<ManagedModel, CompletableFuture<Void>> last = new LinkedHashMap<>();

	private @Nullable ExecutorService executor;

	/**
	 * What is to be done with a model.
	 */
	@FunctionalInterface
	interface Task {

		void run() throws InterruptedException;

	}

	synchronized void start() {
		if (this.executor == null) {
			this.executor = Executors
				.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("llm-model-loader").factory());
		}
	}

	/**
	 * Adds a task; its future ends when it was done, an interrupt ends it with an error.
	 */
	synchronized CompletableFuture<Void> submit(ManagedModel model, Task task) {
		CompletableFuture<Void> future = new CompletableFuture<>();
		this.last.put(model, future);
		if (this.executor == null) {
			future.completeExceptionally(new ShuttingDownException("The models are not started", null));
			return future;
		}
		this.executor.execute(() -> {
			try {
				task.run();
				future.complete(null);
			}
			catch (InterruptedException ex) {
				future.completeExceptionally(new ShuttingDownException("The models are being stopped", null));
			}
			catch (RuntimeException | Error ex) {
				future.completeExceptionally(ex);
			}
		});
		return future;
	}

	/** Waits until the last task of a model was done, whatever came of it. */
	void await(ManagedModel model) throws InterruptedException {
		CompletableFuture<Void> future;
		synchronized (this) {
			future = this.last.getOrDefault(model, CompletableFuture.completedFuture(null));
		}
		try {
			future.get();
		}
		catch (ExecutionException ex) {
			// The model's state says it.
			return;
		}
	}

	/** Interrupts the task at hand, drops the others and waits for the thread to end. */
	void stop() {
		ExecutorService running;
		synchronized (this) {
			running = this.executor;
			this.executor = null;
			this.last.clear();
		}
		if (running != null) {
			running.shutdownNow();
			running.close();
		}
	}

}
