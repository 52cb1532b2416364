package io.llmserving.autoconfigure.diagnostics;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.llmserving.autoconfigure.Everything;
import io.llmserving.autoconfigure.FakeServing;
import io.llmserving.autoconfigure.LlmServingProperties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What a user reads when the application cannot start.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartupFailureTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					models.chat.source=file:/x, models.chat.kv-cach.size=1GB | llm.serving.models.chat.kv-cach.size = 1GB | did you mean llm.serving.models.chat.kv-cache.size?
					models.chat.source=file:/x, models.chat.temprature=1 | llm.serving.models.chat.temprature = 1 | did you mean llm.serving.models.chat.sampling.temperature?
					models.chat.source=file:/x, defaults.context-lenght=9 | llm.serving.defaults.context-lenght = 9 | did you mean llm.serving.defaults.context-length?
					models.qwen2.5.source=file:/x | llm.serving.models.qwen2.5.source = file:/x | did you mean llm.serving.models.qwen2.source?
					""")
	void aWrongPropertyIsNamedWithItsRemedy(String properties, String description, String action,
			CapturedOutput output) {
		failToStart(null, properties);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains(description)
			.contains(action)
			.doesNotContain("\tat ");
	}

	@Test
	void anUnknownKeyIsShownWithTheLineItIsWrittenOn(CapturedOutput output) {
		failToStart(null, "models.chat.source=file:/x, models.chat.kv-cach.size=1GB");
		assertThat(output).contains("from property source \"commandLineArgs\"");
	}

	@Test
	void environmentVariablesWithUnderscoresForDashesAreNoUnknownKeys() {
		List<String> keys = PropertyKeys.of(LlmServingProperties.Model.class);
		assertThat(keys).contains("context-length", "kv-cache.size", "source");
		assertThat(PropertyKeys.nearest("kv.cache.size", keys)).isEqualTo("kv-cache.size");
	}

	private static void failToStart(FakeServing serving, String properties) {
		SpringApplication application = new SpringApplication(Everything.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		if (serving != null) {
			application.addInitializers((context) -> context.getBeanFactory().registerSingleton("llmServing", serving));
		}
		List<String> arguments = new ArrayList<>(List.of("--spring.main.banner-mode=off"));
		for (String property : properties.split(", ")) {
			arguments.add("--llm.serving." + property);
		}
		assertThatException().isThrownBy(() -> application.run(arguments.toArray(String[]::new)).close());
	}

}
