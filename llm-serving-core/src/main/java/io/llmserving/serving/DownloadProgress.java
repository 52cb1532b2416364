package io.llmserving.serving;

import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.spi.ModelSourceResolver;

/**
 * Logs how far a download is, at most every two seconds, and keeps the last line for
 * those who ask. Any thread.
 */
final class DownloadProgress implements ModelSourceResolver.Progress {

	private static final Logger logger = LoggerFactory.getLogger(DownloadProgress.class);

	private static final long INTERVAL = Duration.ofSeconds(2).toNanos();

	private final String model;

	private final ManagedModel owner;

	private long loggedAt = System.nanoTime() - INTERVAL;

	DownloadProgress(String model, ManagedModel owner) {
		this.model = model;
		this.owner = owner;
	}

	@Override
	public synchronized void update(String what, long done, long total) {
		String line = (total > 0)
				? "fetching %s: %.1f of %.1f MB (%d %%)".formatted(what, done / 1e6, total / 1e6, 100 * done / total)
				: "fetching %s: %.1f MB".formatted(what, done / 1e6);
		this.owner.doing(line, new LoadProgress(LoadProgress.Phase.FETCHING, done, Math.max(0, total)));
		long now = System.nanoTime();
		if (now - this.loggedAt >= INTERVAL || done == total) {
			this.loggedAt = now;
			logger.info("Model '{}': {}", this.model, line);
		}
	}

}
