package io.llmserving.autoconfigure;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.SpringProperties;

/**
 * A start that runs on a thread of its own while the context creates its other beans,
 * until its life cycle takes it. The context's own thread alone uses it.
 */
final class HeadStart implements DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(HeadStart.class);

	private @Nullable FutureTask<Void> start;

	private Runnable undo = () -> {
	};

	/**
	 * Begins a start, unless the context may end before its life cycles, as training runs
	 * and checkpoints do.
	 * @param undo takes a start back that no life cycle took
	 */
	void begin(Runnable start, Runnable undo) {
		if (SpringProperties.getProperty(DefaultLifecycleProcessor.EXIT_PROPERTY_NAME) != null
				|| SpringProperties.getProperty(DefaultLifecycleProcessor.CHECKPOINT_PROPERTY_NAME) != null) {
			return;
		}
		this.start = new FutureTask<>(start, null);
		this.undo = undo;
		Thread.ofPlatform().daemon().name("llm-serving-start").start(this.start);
	}

	/**
	 * Waits until the start is through; what it threw is thrown here. It counts once.
	 * @return whether there was one
	 */
	boolean take() {
		FutureTask<Void> begun = this.start;
		this.start = null;
		if (begun == null) {
			return false;
		}
		try {
			begun.get();
			return true;
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof Error error) {
				throw error;
			}
			throw (ex.getCause() instanceof RuntimeException failure) ? failure : new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted while the models were starting", ex);
		}
	}

	/**
	 * Takes back a start whose context failed before its life cycles began.
	 */
	@Override
	public void destroy() {
		try {
			if (take()) {
				this.undo.run();
			}
		}
		catch (RuntimeException ex) {
			this.undo.run();
			logger.debug("The models could not have been started either", ex);
		}
	}

}
