package io.llmserving.autoconfigure;

import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;

import io.llmserving.autoconfigure.LlmServingProperties.Startup;
import io.llmserving.serving.ServingControl;

/**
 * Starts the engines before the web server opens its ports, or takes the start that has
 * begun already, and stops them after it closed them. Admission closes as soon as the
 * application's own context begins to close.
 */
final class LlmServingLifecycle implements SmartLifecycle {

	/** Before the web server's start and after its stop. */
	static final int PHASE = DEFAULT_PHASE - 4096;

	private final ServingControl serving;

	private final HeadStart ahead;

	private final Startup startup;

	private final ApplicationContext context;

	private volatile boolean running;

	LlmServingLifecycle(ServingControl serving, HeadStart ahead, Startup startup, ApplicationContext context) {
		this.serving = serving;
		this.ahead = ahead;
		this.startup = startup;
		this.context = context;
	}

	@Override
	public void start() {
		if (!this.ahead.take()) {
			this.serving.start();
		}
		this.running = true;
		if (this.startup == Startup.BLOCKING) {
			try {
				this.serving.awaitRequired();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new IllegalStateException("Interrupted while the models were loading", ex);
			}
		}
	}

	@Override
	public void stop() {
		this.running = false;
		this.serving.close();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * Closes admission; the closing of child contexts, such as the management port's, is
	 * not the application's.
	 */
	@EventListener
	void onClosed(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.serving.closeAdmission();
		}
	}

}
