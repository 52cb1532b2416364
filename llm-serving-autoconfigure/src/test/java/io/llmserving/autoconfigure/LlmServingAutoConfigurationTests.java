package io.llmserving.autoconfigure;

import java.lang.reflect.Proxy;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import reactor.core.publisher.Flux;

import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.serving.LocalLlmServing;
import io.llmserving.serving.ServingControl;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which beans there are, depending on properties, the application's own beans and the
 * class path. No model is loaded: {@code manual} leaves that to the application.
 */
@ExtendWith(OutputCaptureExtension.class)
class LlmServingAutoConfigurationTests {

	private static final String[] TWO_MODELS = { "llm.serving.models.chat.source=hf:a/b",
			"llm.serving.models.small.source=hf:a/c", "llm.serving.default-model=chat",
			"llm.serving.defaults.load=manual", "llm.serving.offline=true" };

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withUserConfiguration(OurAutoConfigurations.class)
		.withBean("llmServing", LlmServing.class,
				() -> new FakeServing(new FakeEngine("chat"), new FakeEngine("small")));

	@Test
	void everyConfiguredModelIsABeanAndTheDefaultOneIsPrimary() {
		this.runner.withPropertyValues(TWO_MODELS).withUserConfiguration(Client.class).run((context) -> {
			assertThat(context).hasBean("llmEngine.chat").hasBean("llmEngine.small");
			Client client = context.getBean(Client.class);
			assertThat(client.primary.id()).isEqualTo("chat");
			assertThat(client.small.id()).isEqualTo("small");
		});
	}

	@Test
	void anEngineOfTheApplicationsOwnReplacesTheOneOfItsIdOnly() {
		FakeEngine own = new FakeEngine("mine");
		this.runner.withPropertyValues(TWO_MODELS)
			.withBean("llmEngine.small", LlmEngine.class, () -> own)
			.run((context) -> {
				assertThat(context.getBean("llmEngine.small")).isSameAs(own);
				assertThat(context.getBean("llmEngine.chat", LlmEngine.class).id()).isEqualTo("chat");
			});
	}

	@Test
	void anotherEngineDoesNotDropTheConfiguredOnes() {
		this.runner.withPropertyValues(TWO_MODELS)
			.withBean("extra", LlmEngine.class, () -> new FakeEngine("extra"))
			.run((context) -> assertThat(context.getBeanNamesForType(LlmEngine.class))
				.containsExactlyInAnyOrder("llmEngine.chat", "llmEngine.small", "extra"));
	}

	@Test
	void disabledThereIsNothingAtAll() {
		new ReactiveWebApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.withPropertyValues("llm.serving.enabled=false", "llm.serving.models.chat.source=hf:a/b")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(LlmServing.class)
				.doesNotHaveBean(LlmEngine.class)
				.doesNotHaveBean(RouterFunction.class)
				.doesNotHaveBean(LlmServingProperties.class));
	}

	@Test
	void withoutModelsTheApplicationStartsWithOneWarning(CapturedOutput output) {
		new ReactiveWebApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(LocalLlmServing.class));
		assertThat(output.toString().lines().filter((line) -> line.contains("WARN"))).singleElement()
			.asString()
			.contains("No model is configured: set llm.serving.models.<id>.source");
	}

	@Test
	void aReactiveApplicationHasRoutesUnlessTheyAreDisabled() {
		this.runner.run((context) -> assertThat(context).hasBean("llmOpenAiRoutes").hasBean("llmOpenAiErrorFilter"));
		this.runner.withPropertyValues("llm.serving.openai.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean("llmOpenAiRoutes")
				.doesNotHaveBean("llmOpenAiErrorFilter"));
	}

	@Test
	void withoutWebFluxOnTheClassPathThereAreEnginesButNoRoutes() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.web.reactive"))
			.withPropertyValues(TWO_MODELS)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("llmEngine.chat")
				.doesNotHaveBean("llmOpenAiRoutes"));
	}

	@Test
	void aPlainApplicationHasEnginesOnly() {
		new ApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.withPropertyValues(TWO_MODELS)
			.withBean("llmServing", LlmServing.class,
					() -> new FakeServing(new FakeEngine("chat"), new FakeEngine("small")))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("llmEngine.chat")
				.doesNotHaveBean("llmOpenAiRoutes")
				.doesNotHaveBean("llmServletWarning"));
	}

	@Test
	void aServletApplicationHasEnginesAndOneWarningWithTheRemedy(CapturedOutput output) {
		WebApplicationContextRunner servlet = new WebApplicationContextRunner()
			.withUserConfiguration(OurAutoConfigurations.class)
			.withBean("llmServing", LlmServing.class, () -> new FakeServing(new FakeEngine("chat")));
		servlet.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("llmOpenAiRoutes"));
		assertThat(output.toString().lines().filter((line) -> line.contains("WARN"))).singleElement()
			.asString()
			.contains("servlet application")
			.contains("spring-boot-starter-webflux")
			.contains("spring.main.web-application-type=reactive");
		servlet.withPropertyValues("llm.serving.openai.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean("llmServletWarning"));
	}

	@Test
	void aFacadeOfTheApplicationsOwnThatIsNoControlHasNoLifeCycle() {
		new ReactiveWebApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.withUserConfiguration(PlainFacade.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(LlmServingLifecycle.class)
				.doesNotHaveBean(ServingControl.class)
				.hasBean("llmOpenAiRoutes"));
	}

	static class Client {

		@Autowired
		LlmEngine primary;

		@Autowired
		@LlmModel("small")
		LlmEngine small;

	}

	@Configuration(proxyBeanMethods = false)
	static class PlainFacade {

		@Bean
		LlmServing facade() {
			return (LlmServing) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { LlmServing.class },
					(proxy, method, arguments) -> switch (method.getName()) {
						case "engines" -> List.of();
						case "changes" -> Flux.never();
						case "hashCode" -> 1;
						case "toString" -> "facade";
						default -> throw new UnsupportedOperationException(method.getName());
					});
		}

	}

}
