package io.llmserving.catalog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A file that is still coming, with the entity tag that its bytes belong to. Survives the
 * process. Used by one thread, under the cache's lock.
 */
final class PartialFile {

	private final Path directory;

	private final Path content;

	private final Path tag;

	PartialFile(Path directory) {
		this.directory = directory;
		this.content = directory.resolve("content");
		this.tag = directory.resolve("etag");
	}

	Path directory() {
		return this.directory;
	}

	Path content() {
		return this.content;
	}

	long size() throws IOException {
		return Files.exists(this.content) ? Files.size(this.content) : 0;
	}

	/**
	 * Returns the strong entity tag of the bytes at hand, {@code null} if they have none.
	 */
	@Nullable String tag() throws IOException {
		return Files.exists(this.tag) ? Files.readString(this.tag) : null;
	}

	/**
	 * Throws away the bytes at hand; those that follow belong to the given tag.
	 */
	void restart(@Nullable String newTag) throws IOException {
		// In this order a crash never leaves bytes beside a tag that is not theirs.
		Files.deleteIfExists(this.content);
		Files.deleteIfExists(this.tag);
		if (newTag == null) {
			return;
		}
		try {
			Files.writeString(this.tag, newTag);
		}
		catch (ClosedByInterruptException ex) {
			throw ex;
		}
		catch (IOException ex) {
			throw StorageErrors.explain(ex, this.directory);
		}
	}

	FileChannel open() throws IOException {
		return FileChannel.open(this.content, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
				StandardOpenOption.APPEND);
	}

	void append(FileChannel channel, List<ByteBuffer> buffers) throws IOException, InterruptedException {
		try {
			for (ByteBuffer buffer : buffers) {
				while (buffer.hasRemaining()) {
					channel.write(buffer);
				}
			}
		}
		catch (ClosedByInterruptException ex) {
			throw Interrupts.clear();
		}
		catch (IOException ex) {
			throw StorageErrors.explain(ex, this.directory);
		}
	}

}
