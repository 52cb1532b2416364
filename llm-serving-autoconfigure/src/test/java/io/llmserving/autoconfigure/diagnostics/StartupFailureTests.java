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
import io.llmserving.runtime.NativeLibraryException;
import io.llmserving.serving.ModelStartupException;

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
					models.chat.source=  | The property 'llm.serving.models.chat.source' is missing | such as file:/models/model.gguf
					models.my-chat.source=file:/x | 'llm.serving.models.my-chat' has the value 'my-chat' | letters a to z and digits only
					models.chat.source=file:/x, models.chat.kv-cach.size=1GB | llm.serving.models.chat.kv-cach.size = 1GB | did you mean llm.serving.models.chat.kv-cache.size?
					models.chat.source=file:/x, models.chat.temprature=1 | llm.serving.models.chat.temprature = 1 | did you mean llm.serving.models.chat.sampling.temperature?
					models.chat.source=file:/x, defaults.context-lenght=9 | llm.serving.defaults.context-lenght = 9 | did you mean llm.serving.defaults.context-length?
					models.qwen2.5.source=file:/x | llm.serving.models.qwen2.5.source = file:/x | did you mean llm.serving.models.qwen2.source?
					models.a.source=file:/x, models.b.source=file:/y | The property 'llm.serving.default-model' is missing | There are 2 models
					models.a.source=file:/x, default-model=b | 'llm.serving.default-model' has the value 'b' | configured are [a]
					models.a.source=file:/x, models.a.device=gpu | 'llm.serving.models.a.device' has the value 'gpu' | one of auto, cpu
					models.a.source=file:/x, models.a.device=cpu, models.a.kv-cache.type=fp8 | has the value 'fp8' | On a CPU keys and values are bf16, int8 or f32
					models.a.source=file:/x, models.a.kv-cache.type=f32 | has the value 'f32' | set 'device: cpu'
					models.a.source=file:/x, models.a.activations=f32, models.a.kv-cache.type=int8 | has the value 'int8' | Under 'activations: f32' keys and values are f32 too
					models.a.source=file:/x, models.a.kv-cache.type=int4 | has the value 'int4' | one of auto, f32, bf16, fp8, int8
					models.a.source=file:/x, models.a.device=cpu, models.a.deterministic=false | has the value 'false' | A CPU's results always are the same
					models.a.source=file:/x, models.a.device-ids[0]=0, models.a.device-ids[1]=1 | 'llm.serving.models.a.device-ids' has the value '[0, 1]' | give one number
					models.a.source=file:/x, models.a.device=cuda | its device 'cuda' | llm-serving-starter-cuda
					models.a.source=file:/x, models.a.kv-cache.block-size=17 | has the value '17' | 16, 32, 64 or 128
					models.a.source=file:/x, models.a.context-length=0 | has the value '0' | at least 1
					models.a.source=file:/x, routes[0].name=a, routes[0].to.a=1 | 'llm.serving.routes[0].name' has the value 'a' | A model has this id already
					models.a.source=file:/x, routes[0].name=x, routes[0].to.b=1 | 'llm.serving.routes[0].to' has the value 'b' | configured are [a]
					models.a.source=file:/x, routes[0].name=x, routes[0].to.a=0 | 'llm.serving.routes[0].to' has the value 'x' | leads nowhere
					models.a.source=file:/x, routes[0].to.a=1 | property 'llm.serving.routes[0].name' is missing | A route needs a name
					models.a.source=file:/x, routes[0].name=x, routes[0].to.a=1, routes[1].name=x, routes[1].to.a=1 | 'llm.serving.routes[1].name' has the value 'x' | Another route has this name
					models.a.source=file:/x, models.a.fallback=b | 'llm.serving.models.a.fallback' has the value 'b' | configured are [a]
					models.a.source=file:/x, models.a.fallback=a | 'llm.serving.models.a.fallback' has the value 'a' | in a circle
					defaults.source=file:/x | 'llm.serving.defaults.source' has the value | Every model has a source of its own
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

	@Test
	void aModelThatCanNeverBeLoadedIsNamedWithItsRemedy(CapturedOutput output) {
		failToStart(new ModelStartupException("chat", "its weights need 9.2 GiB, the budget is 6.1 GiB",
				"Raise llm.serving.memory.max-size or choose a smaller model.", null));
		assertThat(output).contains("The model 'chat' cannot be loaded: its weights need 9.2 GiB")
			.contains("Raise llm.serving.memory.max-size")
			.doesNotContain("\tat ");
	}

	@Test
	void deniedNativeAccessIsExplainedEvenInsideAModelsFailure(CapturedOutput output) {
		NativeLibraryException denied = new NativeLibraryException("This JVM denies native access",
				"Start it with --enable-native-access=ALL-UNNAMED.",
				new IllegalCallerException("Illegal native access from unnamed module"));
		failToStart(new ModelStartupException("chat", "the native library is missing", "See above.", denied));
		assertThat(output).contains("This JVM denies native access: Illegal native access from unnamed module")
			.contains("--enable-native-access=ALL-UNNAMED")
			.doesNotContain("\tat ");
	}

	private static void failToStart(RuntimeException failure) {
		FakeServing serving = new FakeServing();
		serving.startFailure = failure;
		failToStart(serving, "enabled=true");
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
