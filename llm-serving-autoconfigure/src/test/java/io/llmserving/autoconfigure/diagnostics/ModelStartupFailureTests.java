package io.llmserving.autoconfigure.diagnostics;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.llmserving.autoconfigure.Everything;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Models that can never be loaded, with the engine itself and the native library.
 */
@ExtendWith(OutputCaptureExtension.class)
class ModelStartupFailureTests {

	private static final Path LLAMA = Path.of("../llm-serving-core/src/test/resources/io/llmserving/model/llama3.gguf");

	@TempDir
	private Path directory;

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			ftp://host/model.gguf | ftp:
			file:/no/such/model.gguf | /no/such/model.gguf
			classpath:no/such/model.gguf | no/such/model.gguf
			pypi:no-version | no-version
			""")
	void aSourceThatNamesNothingIsExplained(String source, String text, CapturedOutput output) {
		failToStart("models.chat.source=" + source);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("The model 'chat' cannot be loaded")
			.contains(text)
			.contains("llm.serving.models.chat.source")
			.doesNotContain("\tat ");
	}

	@Test
	void aFileThatIsNoModelIsExplained(CapturedOutput output) throws Exception {
		Path file = Files.writeString(this.directory.resolve("model.gguf"), "this is a text");
		failToStart("models.chat.source=file:" + file);
		assertThat(output).contains("The model 'chat' cannot be loaded").contains("model.gguf").doesNotContain("\tat ");
	}

	@Test
	void aTruncatedFileIsExplained(CapturedOutput output) throws Exception {
		byte[] whole = Files.readAllBytes(LLAMA);
		Path file = this.directory.resolve("short.gguf");
		Files.write(file, Arrays.copyOf(whole, whole.length - 1000));
		failToStart("models.chat.source=file:" + file);
		assertThat(output).contains("The model 'chat' cannot be loaded").contains("short.gguf").doesNotContain("\tat ");
	}

	@Test
	void anUnknownArchitectureIsExplained(CapturedOutput output) throws Exception {
		String bytes = new String(Files.readAllBytes(LLAMA), StandardCharsets.ISO_8859_1);
		String key = "general.architecture";
		int value = bytes.indexOf("llama", bytes.indexOf(key));
		String other = bytes.substring(0, value) + "camel" + bytes.substring(value + 5);
		Path file = this.directory.resolve("other.gguf");
		Files.write(file, other.getBytes(StandardCharsets.ISO_8859_1));
		failToStart("models.chat.source=file:" + file);
		assertThat(output).contains("The model 'chat' cannot be loaded").contains("camel").doesNotContain("\tat ");
	}

	@Test
	void memoryThatDoesNotSufficeIsExplainedWithNumbersAndRemedy(CapturedOutput output) {
		failToStart("models.chat.source=file:" + LLAMA.toAbsolutePath(), "memory.max-size=1KB");
		assertThat(output).contains("The model 'chat' cannot be loaded")
			.contains("need")
			.contains("MiB")
			.contains("Raise llm.serving.memory.max-size")
			.doesNotContain("\tat ");
	}

	private void failToStart(String... properties) {
		SpringApplication application = new SpringApplication(Everything.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		List<String> arguments = new ArrayList<>(List.of("--spring.main.banner-mode=off",
				"--llm.serving.cache-directory=" + this.directory.resolve("cache")));
		for (String property : properties) {
			arguments.add("--llm.serving." + property);
		}
		assertThatException().isThrownBy(() -> application.run(arguments.toArray(String[]::new)).close());
	}

}
