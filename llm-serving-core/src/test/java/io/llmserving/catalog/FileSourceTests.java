package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Models of the local disk.
 */
class FileSourceTests {

	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "file:%s", "file://%s", "file://localhost%s" })
	void anAbsolutePathMayBeWrittenInManyWays(String form) throws Exception {
		Path model = Files.write(this.directory.resolve("m.gguf"), new byte[4]);
		assertThat(resolve(form.formatted(model))).isEqualTo(model);
	}

	@Test
	void aRelativePathStartsAtTheWorkingDirectory() throws Exception {
		Path model = Files.write(this.directory.resolve("m.gguf"), new byte[4]);
		Path relative = Path.of("").toAbsolutePath().relativize(model.toAbsolutePath());
		assertThat(resolve("file:" + relative)).isEqualTo(model);
	}

	@Test
	void aNameIsTakenAsItIsWrittenAndElseDecoded() throws Exception {
		Path spaced = Files.write(this.directory.resolve("a b+c.gguf"), new byte[4]);
		assertThat(resolve("file:" + spaced)).isEqualTo(spaced);
		assertThat(resolve("file://%s/a%%20b+c.gguf".formatted(this.directory))).isEqualTo(spaced);
		Path literal = Files.write(this.directory.resolve("a%20b+c.gguf"), new byte[4]);
		assertThat(resolve("file:%s/a%%20b+c.gguf".formatted(this.directory))).isEqualTo(literal);
	}

	@Test
	void aHuggingFaceDirectoryIsTakenWhole() throws Exception {
		Files.writeString(this.directory.resolve("config.json"), "{}");
		assertThat(resolve("file:" + this.directory)).isEqualTo(this.directory);
	}

	@Test
	void aDirectoryOfGgufFilesListsThem() throws Exception {
		Files.write(this.directory.resolve("m.gguf"), new byte[4]);
		refused("file:" + this.directory, "Name one of its GGUF files: file:" + this.directory.resolve("m.gguf"));
	}

	@Test
	void anEmptyDirectoryIsNoModel() {
		refused("file:" + this.directory, "has no config.json");
	}

	@Test
	void whatDoesNotExistIsNamedInFull() {
		refused("file:no/such.gguf", Path.of("no/such.gguf").toAbsolutePath().toString());
		refused("file:%s/100%%.gguf".formatted(this.directory), "100%.gguf does not exist");
	}

	@Test
	void behindTwoSlashesStandsAMachine() {
		refused("file://models/m.gguf", "Write file:models/m.gguf");
	}

	@Test
	void aWeightFileAloneIsNoModel() throws IOException {
		Path weights = Files.write(this.directory.resolve("model.safetensors"), new byte[4]);
		refused("file:" + weights, "name the directory");
	}

	@ParameterizedTest
	@ValueSource(strings = { "file:", "file: ", "file:a\0b" })
	void aPathMustFollow(String source) {
		refused(source, "a path must follow");
	}

	private Path resolve(String source) throws Exception {
		ModelSources sources = Fixture.offline(this.directory.resolve("cache"), Map.of());
		sources.validate(source);
		Path path = sources.resolve(source, Fixture.IGNORED);
		assertThat(sources.present(source)).isEqualTo(path);
		return path;
	}

	private void refused(String source, String text) {
		assertThatThrownBy(() -> Fixture.sources(this.directory).validate(source))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining(text);
	}

}
