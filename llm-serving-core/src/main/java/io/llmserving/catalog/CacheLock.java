package io.llmserving.catalog;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps all other threads and processes from one key of the cache until closed. The
 * operating system releases it when the process dies. The file stays: removing it would
 * let two holders in.
 */
final class CacheLock implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(CacheLock.class);

	private static final long POLL_MILLIS = 50;

	private final FileChannel channel;

	private CacheLock(FileChannel channel) {
		this.channel = channel;
	}

	/**
	 * Polls, because Java refuses to wait for a lock that another thread of the same
	 * process holds.
	 */
	static CacheLock acquire(Path file, String key) throws IOException, InterruptedException {
		boolean told = false;
		FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
		try {
			while (tryLock(channel) == null) {
				if (!told) {
					logger.info("Waiting for {}, which another thread or process is fetching", key);
					told = true;
				}
				Thread.sleep(POLL_MILLIS);
			}
			return new CacheLock(channel);
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			channel.close();
			throw ex;
		}
	}

	private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
		try {
			return channel.tryLock();
		}
		catch (OverlappingFileLockException ex) {
			return null;
		}
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
	}

}
