package io.llmserving.autoconfigure;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * The order of things in a real application, with a web server on a port of its own.
 */
@ExtendWith(OutputCaptureExtension.class)
class LifeCycleTests {

	private final FakeServing serving = new FakeServing(new FakeEngine("chat"));

	@Test
	void enginesStartBeforeThePortOpensAndStopAfterTheServer() {
		ConfigurableApplicationContext context = run();
		context.close();
		assertThat(this.serving.calls).containsExactly("start", "port open", "closeAdmission", "drain PT7S",
				"server stopped", "close");
	}

	@Test
	void blockingStartUpAwaitsTheRequiredModelsBeforeThePortOpens() {
		run("--llm.serving.startup=blocking").close();
		assertThat(this.serving.calls.subList(0, 3)).containsExactly("start", "awaitRequired", "port open");
	}

	@Test
	void blockingStartUpFailsWithARequiredModel(CapturedOutput output) {
		this.serving.requiredFails = true;
		assertThatException().isThrownBy(() -> run("--llm.serving.startup=blocking"));
		assertThat(this.serving.calls).contains("awaitRequired").doesNotContain("port open").endsWith("close");
		assertThat(output).contains("The model 'chat' cannot be loaded: the download broke off").contains("Try again.");
	}

	@Test
	void theClosingOfAChildContextDoesNotCloseAdmission() {
		try (ConfigurableApplicationContext context = run()) {
			try (GenericApplicationContext child = new GenericApplicationContext(context)) {
				child.refresh();
			}
			assertThat(this.serving.calls).containsExactly("start", "port open");
		}
		assertThat(this.serving.calls).contains("closeAdmission");
	}

	@Test
	void aStoppedApplicationStartsAgain() {
		try (ConfigurableApplicationContext context = run()) {
			context.stop();
			context.start();
			assertThat(this.serving.calls).containsExactly("start", "port open", "drain PT7S", "server stopped",
					"close", "start", "port open");
		}
	}

	@Test
	void contextsThatSpringPausesKeepTheirEngines() {
		try (ConfigurableApplicationContext context = run()) {
			List<SmartLifecycle> ours = context.getBeansOfType(SmartLifecycle.class)
				.values()
				.stream()
				.filter((bean) -> bean.getClass().getName().startsWith("io.llmserving"))
				.filter((bean) -> !(bean instanceof Recorder))
				.toList();
			assertThat(ours).hasSize(3).noneMatch(SmartLifecycle::isPauseable);
		}
	}

	@Test
	void twoApplicationsLiveAndDieApart() {
		LifeCycleTests second = new LifeCycleTests();
		ConfigurableApplicationContext first = run();
		ConfigurableApplicationContext other = second.run();
		first.close();
		assertThat(this.serving.calls).endsWith("close");
		assertThat(second.serving.calls).containsExactly("start", "port open");
		other.close();
		assertThat(second.serving.calls).endsWith("close");
	}

	private ConfigurableApplicationContext run(String... arguments) {
		SpringApplication application = new SpringApplication(Everything.class);
		application.setWebApplicationType(WebApplicationType.REACTIVE);
		application.setDefaultProperties(Map.of("server.port", "0", "server.address", "127.0.0.1",
				"spring.main.banner-mode", "off", "llm.serving.shutdown.drain-timeout", "7s"));
		application.addInitializers((context) -> {
			context.getBeanFactory().registerSingleton("llmServing", this.serving);
			context.getBeanFactory().registerSingleton("recorder", new Recorder(this.serving.calls));
			context.addApplicationListener(
					(ApplicationListener<WebServerInitializedEvent>) (event) -> this.serving.calls.add("port open"));
		});
		return application.run(arguments);
	}

	/**
	 * Notes when the phase right after the web server's own stop is reached.
	 */
	private record Recorder(List<String> calls) implements SmartLifecycle {

		@Override
		public void start() {
			// Nothing to note: the port's event tells.
		}

		@Override
		public void stop() {
			this.calls.add("server stopped");
		}

		@Override
		public boolean isRunning() {
			return true;
		}

		@Override
		public int getPhase() {
			return DEFAULT_PHASE - 2048 - 1;
		}

	}

}
