package io.llmserving.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The native library, loaded while the application prepares its context.
 */
class NativeLibraryPreloaderTests {

	private static final String MODEL = "llm.serving.models.m.source";

	@TempDir
	private Path folder;

	@Test
	void theLibraryIsThereBeforeAnyBean() {
		MockEnvironment environment = new MockEnvironment().withProperty(MODEL, "hf:a/b")
			.withProperty("llm.serving.cache-directory", this.folder.toString());
		listener().onApplicationEvent(new ApplicationEnvironmentPreparedEvent(new DefaultBootstrapContext(),
				new SpringApplication(Object.class), new String[0], environment));
		await().atMost(Duration.ofMinutes(1))
			.untilAsserted(() -> assertThat(files(this.folder.resolve("native")))
				.anyMatch((file) -> file.matches("libllmserving_cpu-.*[.]so")));
	}

	@Test
	void aLibraryIsLoadedFromWhereItIsExtractedTo() {
		MockEnvironment environment = new MockEnvironment().withProperty(MODEL, "hf:a/b");
		assertThat(NativeLibraryPreloader.directory(environment)).isEqualTo(Directories.cache(null).resolve("native"));
		environment.setProperty("llm.serving.native.extract-directory", "/extract");
		assertThat(NativeLibraryPreloader.directory(environment)).isEqualTo(Path.of("/extract"));
	}

	@Test
	void nothingIsLoadedThatNobodyUses() {
		assertThat(NativeLibraryPreloader.directory(new MockEnvironment())).isNull();
		assertThat(NativeLibraryPreloader.directory(
				new MockEnvironment().withProperty(MODEL, "hf:a/b").withProperty("llm.serving.enabled", "false")))
			.isNull();
		assertThat(NativeLibraryPreloader.directory(new MockEnvironment().withProperty(MODEL, "hf:a/b")
			.withProperty("llm.serving.native.library-path", "/own.so"))).isNull();
	}

	/** As Spring Boot finds it. */
	private static NativeLibraryPreloader listener() {
		return SpringFactoriesLoader.forDefaultResourceLocation()
			.load(ApplicationListener.class, (type, name, failure) -> {
			})
			.stream()
			.filter(NativeLibraryPreloader.class::isInstance)
			.map(NativeLibraryPreloader.class::cast)
			.findFirst()
			.orElseThrow();
	}

	private static List<String> files(Path directory) throws IOException {
		if (!Files.isDirectory(directory)) {
			return List.of();
		}
		try (Stream<Path> files = Files.list(directory)) {
			return files.map((file) -> file.getFileName().toString()).toList();
		}
	}

}
