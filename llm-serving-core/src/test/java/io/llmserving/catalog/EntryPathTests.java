package io.llmserving.catalog;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Paths inside repositories and archives.
 */
class EntryPathTests {

	@ParameterizedTest
	@ValueSource(strings = { "a", "a/b.gguf", "..a/b..", "a b/ü.json", ".hidden", "a/...", "C:/x" })
	void plainPathsStayBelowTheirDirectory(String text) throws Exception {
		Path directory = Path.of("/cache");
		Path path = EntryPath.of(text, "x").below(directory);
		assertThat(path.normalize()).isEqualTo(path).isEqualTo(directory.resolve(text));
		assertThat(path.startsWith(directory)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "a/./b", ".", "a//b", "a/",
			"..\\x", "a\\b", "a\0b", "a\nb", "\u007f" })
	void pathsThatLeadElsewhereAreRefused(String text) {
		assertThatThrownBy(() -> EntryPath.of(text, "the owner")).isInstanceOf(ModelSourceException.class)
			.hasMessageStartingWith("the owner: the path")
			.message()
			.doesNotContain("\0", "\n");
	}

	@Test
	void segmentsNoFileSystemTakesAreRefused() {
		assertThatThrownBy(() -> EntryPath.of("ü".repeat(128), "x")).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("longer than 255 bytes");
	}

}
