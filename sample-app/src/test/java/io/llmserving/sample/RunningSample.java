package io.llmserving.sample;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import io.llmserving.api.LlmEngine;
import io.llmserving.serving.ServingControl;

/**
 * The sample application with its tiny model, on a free port, ready to answer.
 */
final class RunningSample implements AutoCloseable {

	private final ConfigurableApplicationContext context;

	private RunningSample(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts the application and waits until the model is ready.
	 * @param sources further configuration classes
	 */
	static RunningSample start(List<Class<?>> sources, String... arguments) {
		List<Class<?>> all = new ArrayList<>(sources);
		all.add(SampleApplication.class);
		List<String> options = new ArrayList<>(List.of("--server.port=0", "--spring.profiles.active=tiny",
				"--spring.main.banner-mode=off", "--spring.main.keep-alive=false"));
		options.addAll(List.of(arguments));
		RunningSample sample = new RunningSample(
				new SpringApplicationBuilder(all.toArray(Class<?>[]::new)).run(options.toArray(String[]::new)));
		sample.engine().ready().block(Duration.ofMinutes(1));
		return sample;
	}

	String root() {
		return "http://127.0.0.1:" + this.context.getEnvironment().getProperty("local.server.port");
	}

	LlmEngine engine() {
		return this.context.getBean(LlmEngine.class);
	}

	ServingControl serving() {
		return this.context.getBean(ServingControl.class);
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	@Override
	public void close() {
		this.context.close();
	}

}
