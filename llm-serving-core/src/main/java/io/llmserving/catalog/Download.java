package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * Brings one file whole and verified, in as many attempts as it takes. Used by one
 * thread, under the cache's lock.
 */
final class Download {

	private static final Logger logger = LoggerFactory.getLogger(Download.class);

	private final RemoteFile remote;

	private final PartialFile partial;

	private final Patience patience;

	private final DownloadAttempt attempt;

	Download(RemoteFile remote, PartialFile partial, WebClient client, Patience patience, Progress progress) {
		this.remote = remote;
		this.partial = partial;
		this.patience = patience;
		this.attempt = new DownloadAttempt(remote, partial, client, progress);
	}

	/**
	 * Fetches and verifies.
	 * @return the whole file, still in the partial directory
	 * @throws ModelSourceException if it can't be had; bytes that proved wrong are
	 * removed
	 */
	Path run() throws IOException, InterruptedException {
		boolean resumed = this.partial.size() > 0;
		Checksum wrong = fetchAndCompare();
		if (wrong != null && resumed) {
			logger.info("What an earlier download of {} left is of no use; starting over", this.remote.name());
			wrong = fetchAndCompare();
		}
		if (wrong != null) {
			throw new ModelSourceException(
					"%s has %s, but %s is expected. What was downloaded has been removed. Check the source; if it is right, a proxy or mirror may have altered the file."
						.formatted(this.remote.name(), wrong, this.attempt.expected()));
		}
		return this.partial.content();
	}

	/**
	 * Returns the checksum of what came if it is not the expected one, having removed it.
	 */
	private @Nullable Checksum fetchAndCompare() throws IOException, InterruptedException {
		fetch();
		Checksum expected = this.attempt.expected();
		if (expected == null) {
			return null;
		}
		Checksum actual = expected.of(this.partial.content());
		if (actual.equals(expected)) {
			return null;
		}
		this.partial.restart(null);
		return actual;
	}

	private void fetch() throws IOException, InterruptedException {
		int failures = 0;
		while (true) {
			long before = this.partial.size();
			IOException failure;
			try {
				this.attempt.run();
				return;
			}
			catch (UnreachableException ex) {
				if (!this.attempt.anyReceived()) {
					throw ex;
				}
				failure = ex;
			}
			catch (ModelSourceException | FileSystemException ex) {
				throw ex;
			}
			catch (IOException ex) {
				failure = ex;
			}
			failures = (this.partial.size() > before) ? 1 : failures + 1;
			if (failures >= this.patience.attempts()) {
				throw gaveUp(failures, failure);
			}
			Duration asked = (failure instanceof BusyException busy) ? busy.retryAfter() : Duration.ZERO;
			Duration delay = this.patience.delay(failures, asked);
			logger.warn("The download of {} broke at {} bytes ({}); trying again in {} ms", this.remote.name(),
					this.partial.size(), failure.getMessage(), delay.toMillis());
			Thread.sleep(delay);
		}
	}

	private ModelSourceException gaveUp(int failures, IOException failure) throws IOException {
		return new ModelSourceException(
				"%s: gave up at %,d bytes after %d attempts in a row without a new byte (%s). Check the network; the next start goes on from there."
					.formatted(this.remote.name(), this.partial.size(), failures, failure.getMessage()),
				failure);
	}

}
