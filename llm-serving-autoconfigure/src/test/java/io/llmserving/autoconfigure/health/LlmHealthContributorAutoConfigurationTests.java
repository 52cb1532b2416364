package io.llmserving.autoconfigure.health;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.application.AvailabilityHealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.llmserving.api.EngineState;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.FakeEngine;
import io.llmserving.autoconfigure.FakeServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.OurAutoConfigurations;

import static org.assertj.core.api.Assertions.assertThat;

class LlmHealthContributorAutoConfigurationTests {

	private final FakeEngine engine = new FakeEngine("chat");

	private final FakeServing serving = new FakeServing(this.engine);

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LlmServingAutoConfiguration.class,
				LlmHealthContributorAutoConfiguration.class, HealthContributorAutoConfiguration.class,
				HealthContributorRegistryAutoConfiguration.class, HealthEndpointAutoConfiguration.class,
				EndpointAutoConfiguration.class, ApplicationAvailabilityAutoConfiguration.class,
				AvailabilityHealthContributorAutoConfiguration.class, AvailabilityProbesAutoConfiguration.class))
		.withBean("llmServing", LlmServing.class, () -> this.serving)
		.withPropertyValues("management.endpoints.web.exposure.include=*");

	@ParameterizedTest
	@CsvSource({ "READY, true, UP", "LOADING, true, OUT_OF_SERVICE", "RESTARTING, true, OUT_OF_SERVICE",
			"DRAINING, true, OUT_OF_SERVICE", "UNLOADED, true, OUT_OF_SERVICE", "FAILED, true, DOWN",
			"LOADING, false, UP", "FAILED, false, UP" })
	void healthFollowsTheStateOfRequiredModels(EngineState state, boolean required, String status) {
		this.engine.state = state;
		this.engine.required = required;
		assertThat(health().getStatus().getCode()).isEqualTo(status);
	}

	@Test
	void theWorstRequiredModelDecidesAndEachHasItsOwnHealth() {
		FakeEngine second = new FakeEngine("second");
		this.runner.run((context) -> {
			// As one that is loaded at run time.
			this.serving.fakes.add(second);
			this.engine.state = EngineState.FAILED;
			second.state = EngineState.LOADING;
			assertThat(status(context, "llm")).isEqualTo("DOWN");
			assertThat(status(context, "llm", "chat")).isEqualTo("DOWN");
			assertThat(status(context, "llm", "second")).isEqualTo("OUT_OF_SERVICE");
			this.engine.state = EngineState.LOADING;
			second.state = EngineState.READY;
			assertThat(status(context, "llm")).isEqualTo("OUT_OF_SERVICE");
			assertThat(status(context, "llm", "second")).isEqualTo("UP");
			assertThat(context.getBean(HealthEndpoint.class).healthForPath("llm", "third")).isNull();
		});
	}

	@Test
	void groupsMayNameSingleModels() {
		this.serving.fakes.add(new FakeEngine("second"));
		this.runner
			.withPropertyValues("management.endpoint.health.group.readiness.include=readinessState,llm/chat",
					"management.endpoint.health.group.second.include=llm/second")
			.run((context) -> {
				AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
				this.serving.fakes.get(1).state = EngineState.FAILED;
				assertThat(status(context, "readiness")).isEqualTo("UP");
				assertThat(status(context, "second")).isEqualTo("DOWN");
				this.engine.state = EngineState.LOADING;
				assertThat(status(context, "readiness")).isEqualTo("OUT_OF_SERVICE");
			});
	}

	@Test
	void theReadinessGroupMayLeaveModelsOut() {
		this.serving.fakes.add(new FakeEngine("second"));
		this.runner
			.withPropertyValues("management.endpoint.health.group.readiness.include=readinessState",
					"management.endpoint.health.group.readiness.exclude=llm/second")
			.run((context) -> {
				AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
				this.serving.fakes.get(1).state = EngineState.FAILED;
				assertThat(status(context, "readiness")).isEqualTo("UP");
				this.engine.state = EngineState.FAILED;
				assertThat(status(context, "readiness")).isEqualTo("DOWN");
			});
	}

	@Test
	void detailsNameStateAndReasonOfEachModel() {
		this.engine.state = EngineState.FAILED;
		this.engine.reason = "/models/chat.gguf: tensor 'output' ends after the file";
		assertThat(health().getDetails()).hasToString(
				"{state=FAILED, required=true, reason=/models/chat.gguf: tensor 'output' ends after the file}");
	}

	@Test
	void aReadyModelThatGeneratesNoTokenIsDown() {
		ModelProbe probe = new ModelProbe(this.serving, Duration.ofMillis(20));
		ModelHealthIndicator indicator = new ModelHealthIndicator("chat", this.serving, Duration.ofSeconds(30), probe);
		assertThat(indicator.health().getStatus().getCode()).isEqualTo("UP");
		probe.start();
		try {
			Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> probe.result("chat") != null);
			Health health = indicator.health();
			assertThat(health.getStatus().getCode()).isEqualTo("DOWN");
			assertThat(health.getDetails().get("probe")).asString().contains("The model generated no token: no model");
		}
		finally {
			probe.stop();
		}
	}

	@Test
	void aStuckStepIsDownEvenWhereTheModelIsNotRequired() {
		this.engine.required = false;
		this.engine.lastStepAge(Duration.ofSeconds(31));
		Health health = health();
		assertThat(health.getStatus().getCode()).isEqualTo("DOWN");
		assertThat(health.getDetails().get("stuck")).asString().contains("no progress for 31 s");
		this.engine.lastStepAge(Duration.ofSeconds(29));
		assertThat(health().getStatus().getCode()).isEqualTo("UP");
	}

	@Test
	void loadingHoldsTheReadinessGroupThoughTheApplicationAcceptsTraffic() {
		this.engine.state = EngineState.LOADING;
		this.runner.run((context) -> {
			AvailabilityChangeEvent.publish(context, LivenessState.CORRECT);
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			HealthEndpoint endpoint = context.getBean(HealthEndpoint.class);
			assertThat(endpoint.healthForPath("readiness").getStatus().getCode()).isEqualTo("OUT_OF_SERVICE");
			assertThat(endpoint.healthForPath("liveness").getStatus().getCode()).isEqualTo("UP");
			this.engine.state = EngineState.READY;
			assertThat(endpoint.healthForPath("readiness").getStatus().getCode()).isEqualTo("UP");
		});
	}

	@Test
	void withoutProbesThereIsNoReadinessGroupAndNothingFails() {
		this.runner.withPropertyValues("management.endpoint.health.probes.enabled=false")
			.run((context) -> assertThat(context.getBean(HealthEndpoint.class).healthForPath("readiness")).isNull());
	}

	@Test
	void disablingTheContributorLeavesReadinessAlone() {
		this.engine.state = EngineState.FAILED;
		this.runner.withPropertyValues("management.health.llm.enabled=false").run((context) -> {
			assertThat(context).doesNotHaveBean("llmHealthContributor").doesNotHaveBean(LlmReadinessGroup.class);
			AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(context.getBean(HealthEndpoint.class).healthForPath("readiness").getStatus().getCode())
				.isEqualTo("UP");
		});
	}

	@Test
	void anOwnContributorReplacesOurs() {
		this.runner.withUserConfiguration(OwnContributor.class)
			.run((context) -> assertThat(context).doesNotHaveBean(LlmHealthContributor.class)
				.hasBean("llmHealthIndicator"));
	}

	@Test
	void withoutHealthOnTheClassPathTheApplicationStarts() {
		new ReactiveWebApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.withBean("llmServing", LlmServing.class, () -> this.serving)
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("llmHealthContributor"));
	}

	@Test
	void withoutActuatorThereIsAContributorButNoGroup() {
		new ReactiveWebApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.withBean("llmServing", LlmServing.class, () -> this.serving)
			.withClassLoader(new FilteredClassLoader(SecurityContext.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("llmHealthContributor")
				.doesNotHaveBean("llmReadinessGroup"));
	}

	private Health health() {
		return new ModelHealthIndicator("chat", this.serving, Duration.ofSeconds(30), null).health();
	}

	private static String status(ApplicationContext context, String... path) {
		return context.getBean(HealthEndpoint.class).healthForPath(path).getStatus().getCode();
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnContributor {

		@Bean
		HealthIndicator llmHealthIndicator() {
			return () -> Health.up().build();
		}

	}

}
