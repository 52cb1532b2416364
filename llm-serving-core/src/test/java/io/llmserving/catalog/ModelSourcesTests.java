package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The front: which resolver a source goes to.
 */
class ModelSourcesTests {

	@TempDir
	Path directory;

	@ParameterizedTest
	@CsvSource({ "s3://bucket/m, no known scheme", "'', no known scheme", "acme/tiny, write hf:acme/tiny",
			"/models/m.gguf, write file:/models/m.gguf", "m.gguf, write file:m.gguf" })
	void anUnknownSchemeListsTheKnownOnes(String source, String text) {
		for (boolean resolve : new boolean[] { true, false }) {
			assertThatThrownBy(() -> {
				ModelSources sources = Fixture.sources(this.directory);
				if (resolve) {
					sources.resolve(source, Fixture.IGNORED);
				}
				else {
					sources.validate(source);
				}
			}).isInstanceOf(ModelSourceException.class)
				.hasMessageContaining("file:, classpath:, https:, http:, hf:, pypi:")
				.hasMessageContaining(text);
		}
	}

	@Test
	void additionalResolversAreAskedFirstAndInOrder() throws Exception {
		ModelSources sources = new ModelSources(this.directory, false,
				List.of(new Fixed("s3:", "one"), new Fixed("", "two")));
		assertThat(sources.resolve("s3://bucket/m", Fixture.IGNORED)).isEqualTo(Path.of("one"));
		assertThat(sources.resolve("file:/m.gguf", Fixture.IGNORED)).isEqualTo(Path.of("two"));
		assertThat(sources.present("s3://bucket/m")).isNull();
		sources.validate("file:/no/such/file");
	}

	@Test
	void anUnknownSchemeNamesWhatTheApplicationAdds() {
		ModelSources sources = new ModelSources(this.directory, false, List.of(new Fixed("s3:", "one")));
		assertThatThrownBy(() -> sources.validate("gs:x")).hasMessageContaining("what the application adds (Fixed)");
	}

	@Test
	void failuresOfAdditionalResolversPassUnchanged() {
		ModelSourceResolver failing = new Fixed("s3:", "one") {
			@Override
			public Path resolve(String source, Progress progress) throws IOException {
				throw new IOException("theirs");
			}
		};
		ModelSources sources = new ModelSources(this.directory, false, List.of(failing));
		assertThatThrownBy(() -> sources.resolve("s3:x", Fixture.IGNORED)).isExactlyInstanceOf(IOException.class)
			.hasMessage("theirs");
	}

	@Test
	void constructionTouchesNoDisk() {
		Path absent = this.directory.resolve("absent");
		ModelSources sources = new ModelSources(absent, true, List.of());
		assertThat(sources).isNotNull();
		assertThat(absent).doesNotExist();
	}

	@Test
	void validationAndPresenceOfRemoteSourcesTouchNoDisk() throws Exception {
		Path absent = this.directory.resolve("absent");
		ModelSources sources = Fixture.sources(absent);
		for (String source : List.of("https://h/m.gguf", "hf:acme/tiny", "pypi:a==1!/m.gguf")) {
			sources.validate(source);
			assertThat(sources.present(source)).isNull();
		}
		assertThat(absent).doesNotExist();
	}

	@Test
	void aCacheDirectoryThatIsAFileIsExplained() throws Exception {
		Path file = Files.writeString(this.directory.resolve("cache"), "x");
		try (FileServer server = new FileServer().file("/m.gguf", new byte[3], null)) {
			assertThatThrownBy(() -> Fixture.sources(file, Fixture.HASTY, Map.of())
				.resolve(server.address() + "/m.gguf", Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
				.hasMessageContaining(file.toString())
				.hasMessageContaining("llm.serving.cache-directory");
		}
	}

	private static class Fixed implements ModelSourceResolver {

		private final String prefix;

		private final String path;

		Fixed(String prefix, String path) {
			this.prefix = prefix;
			this.path = path;
		}

		@Override
		public boolean supports(String source) {
			return source.startsWith(this.prefix);
		}

		@Override
		public void validate(String source) {
		}

		@Override
		public Path resolve(String source, Progress progress) throws IOException {
			return Path.of(this.path);
		}

	}

}
