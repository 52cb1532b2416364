package io.llmserving.catalog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Disks that are full or may not be written.
 */
class StorageErrorsTests {

	@TempDir
	Path directory;

	@Test
	void aFullDiskIsNamedWithTheRemedy() throws Exception {
		Path full = Path.of("/dev/full");
		Assumptions.assumeTrue(Files.exists(full), "skipped: /dev/full is missing (not Linux)");
		PartialFile partial = new PartialFile(this.directory);
		try (FileChannel channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
			assertThatThrownBy(() -> partial.append(channel, List.of(ByteBuffer.allocate(10))))
				.isInstanceOf(ModelSourceException.class)
				.hasMessageContaining("The disk of %s is full".formatted(this.directory))
				.hasMessageContaining("llm.serving.cache-directory");
		}
	}

	@Test
	void aReadOnlyDirectoryIsNamedWithTheRemedy() {
		assertThat(StorageErrors.explain(new AccessDeniedException("/cache/x"), Path.of("/cache")))
			.hasMessageContaining("Cannot write to /cache/x")
			.hasMessageContaining("llm.serving.cache-directory");
	}

	@Test
	void whatIsAlreadyExplainedStays() {
		ModelSourceException known = new ModelSourceException("known");
		assertThat(StorageErrors.explain(known, Path.of("/cache"))).isSameAs(known);
	}

	@Test
	void anythingElseKeepsItsWords() {
		assertThat(StorageErrors.explain(new IOException("odd"), Path.of("/cache"))).hasMessageContaining("odd")
			.hasMessageContaining("/cache");
	}

	@Test
	void spaceIsRequiredBeforeTheFirstByte() throws Exception {
		StorageErrors.requireSpace(this.directory, 1, "x");
		assertThatThrownBy(() -> StorageErrors.requireSpace(this.directory, Long.MAX_VALUE, "The model"))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageStartingWith("The model needs 9,223,372,036,854,775,807 more bytes");
	}

}
