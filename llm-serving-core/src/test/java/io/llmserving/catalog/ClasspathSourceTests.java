package io.llmserving.catalog;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Models of the class path, in jars and in folders.
 */
class ClasspathSourceTests {

	private static final byte[] MODEL = Fixture.bytes(100_000, 9);

	@TempDir
	Path directory;

	private final ClassLoader before = Thread.currentThread().getContextClassLoader();

	private URLClassLoader loader;

	private ModelSources sources;

	@BeforeEach
	void makeClassPath() throws IOException {
		Path jar = jar("first.jar", MODEL);
		Path classes = Files.createDirectories(this.directory.resolve("classes/exploded models"));
		Files.write(classes.resolve("e.gguf"), MODEL);
		this.loader = new URLClassLoader(
				new URL[] { jar.toUri().toURL(), this.directory.resolve("classes").toUri().toURL() }, null);
		this.sources = sources(this.loader);
	}

	@AfterEach
	void close() throws IOException {
		Thread.currentThread().setContextClassLoader(this.before);
		this.loader.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "classpath:models/m.gguf", "classpath:/models/m.gguf" })
	void aFileInAJarIsCopiedOnce(String source) throws Exception {
		Path model = this.sources.resolve(source, Fixture.IGNORED);
		assertThat(model).hasBinaryContent(MODEL)
			.isEqualTo(
					this.directory.resolve("cache/models/classpath").resolve(Fixture.sha256(MODEL)).resolve("m.gguf"));
		Object key = Files.readAttributes(model, BasicFileAttributes.class).fileKey();
		assertThat(this.sources.present(source)).isEqualTo(model);
		assertThat(Files.readAttributes(model, BasicFileAttributes.class).fileKey()).isEqualTo(key);
	}

	@Test
	void theSameNameWithOtherContentIsAnotherCopy() throws Exception {
		Path first = this.sources.resolve("classpath:models/m.gguf", Fixture.IGNORED);
		byte[] other = Fixture.bytes(500, 10);
		try (URLClassLoader later = new URLClassLoader(new URL[] { jar("later.jar", other).toUri().toURL() }, null)) {
			Path second = sources(later).resolve("classpath:models/m.gguf", Fixture.IGNORED);
			assertThat(second).hasBinaryContent(other).isNotEqualTo(first);
			assertThat(first).hasBinaryContent(MODEL);
		}
	}

	@Test
	void aFileInAFolderIsUsedInPlace() throws Exception {
		assertThat(this.sources.resolve("classpath:exploded models/e.gguf", Fixture.IGNORED))
			.isEqualTo(this.directory.resolve("classes/exploded models/e.gguf"));
		assertThat(this.directory.resolve("cache")).doesNotExist();
	}

	@Test
	void itNeedsNoNetwork() throws Exception {
		assertThat(this.sources.present("classpath:models/m.gguf")).hasBinaryContent(MODEL);
	}

	@ParameterizedTest
	@ValueSource(strings = { "classpath:models", "classpath:models/", "classpath:exploded models" })
	void aDirectoryIsRefusedWithTheReason(String source) {
		assertThatThrownBy(() -> this.sources.validate(source)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("cannot list a directory inside a jar");
	}

	@ParameterizedTest
	@ValueSource(strings = { "classpath:no.gguf", "classpath:models/n.gguf" })
	void whatIsAbsentIsNamed(String source) {
		assertThatThrownBy(() -> this.sources.validate(source)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("the class path has no");
	}

	@ParameterizedTest
	@ValueSource(strings = { "classpath:", "classpath:../m.gguf", "classpath://m.gguf", "classpath:a\\b" })
	void malformedNamesAreRefused(String source) {
		assertThatThrownBy(() -> this.sources.validate(source)).isInstanceOf(ModelSourceException.class);
	}

	@Test
	void anInterruptStopsTheCopy() {
		Thread.currentThread().interrupt();
		assertThatThrownBy(() -> this.sources.resolve("classpath:models/m.gguf", Fixture.IGNORED))
			.isInstanceOf(InterruptedException.class);
		assertThat(Thread.interrupted()).isFalse();
	}

	private ModelSources sources(ClassLoader classLoader) {
		Thread.currentThread().setContextClassLoader(classLoader);
		return Fixture.offline(this.directory.resolve("cache"), Map.of());
	}

	private Path jar(String name, byte[] model) throws IOException {
		Path jar = this.directory.resolve(name);
		try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file)) {
			out.putNextEntry(new JarEntry("models/"));
			out.closeEntry();
			out.putNextEntry(new JarEntry("models/m.gguf"));
			out.write(model);
			out.closeEntry();
		}
		return jar;
	}

}
