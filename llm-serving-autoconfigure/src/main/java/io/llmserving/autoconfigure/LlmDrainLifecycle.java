package io.llmserving.autoconfigure;

import java.time.Duration;

import org.springframework.context.SmartLifecycle;

import io.llmserving.serving.ServingControl;

/**
 * Ends the streams, each with its terminal event, before the web server begins to stop.
 */
final class LlmDrainLifecycle implements SmartLifecycle {

	/** Stops before the web server's phases. */
	static final int PHASE = DEFAULT_PHASE - 512;

	private final ServingControl serving;

	private final Duration timeout;

	private volatile boolean running;

	LlmDrainLifecycle(ServingControl serving, Duration timeout) {
		this.serving = serving;
		this.timeout = timeout;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.serving.drain(this.timeout);
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

}
