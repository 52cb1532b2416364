package io.llmserving.autoconfigure.availability;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;

import io.llmserving.api.EngineState;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.FakeEngine;
import io.llmserving.autoconfigure.FakeServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

class LlmAvailabilityAutoConfigurationTests {

	private final FakeEngine engine = new FakeEngine("chat");

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LlmServingAutoConfiguration.class,
				LlmAvailabilityAutoConfiguration.class, ApplicationAvailabilityAutoConfiguration.class))
		.withBean("llmServing", LlmServing.class, () -> new FakeServing(this.engine))
		.withPropertyValues("llm.serving.health.stuck-after=80ms");

	@Test
	void livenessBreaksWhileAStepIsStuckAndRecoversWithIt() {
		this.runner.run((context) -> {
			ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
			AvailabilityChangeEvent.publish(context, LivenessState.CORRECT);
			this.engine.lastStepAge(Duration.ofMillis(81));
			await(availability, LivenessState.BROKEN);
			this.engine.lastStepAge(Duration.ZERO);
			await(availability, LivenessState.CORRECT);
		});
	}

	@Test
	void aFailedModelDoesNotBreakLiveness() {
		this.runner.run((context) -> {
			ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
			AvailabilityChangeEvent.publish(context, LivenessState.CORRECT);
			this.engine.state = EngineState.FAILED;
			Awaitility.await()
				.during(Duration.ofMillis(300))
				.atMost(Duration.ofSeconds(60))
				.until(() -> availability.getLivenessState() == LivenessState.CORRECT);
		});
	}

	@Test
	void theWatchEndsWithTheContextAndStartsAgain() {
		this.runner.run((context) -> {
			StuckStepWatch watch = context.getBean(StuckStepWatch.class);
			assertThat(watch.isRunning()).isTrue();
			context.getSourceApplicationContext().stop();
			assertThat(watch.isRunning()).isFalse();
			context.getSourceApplicationContext().start();
			assertThat(watch.isRunning()).isTrue();
		});
	}

	private static void await(ApplicationAvailability availability, LivenessState state) {
		Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> availability.getLivenessState() == state);
	}

}
