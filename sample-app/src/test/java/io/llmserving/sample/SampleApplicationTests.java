package io.llmserving.sample;

import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import io.llmserving.autoconfigure.LlmServingProperties;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application as a whole.
 */
class SampleApplicationTests {

	@Test
	void startsWithoutAnyModel() {
		try (ConfigurableApplicationContext context = SpringApplication.run(SampleApplication.class,
				"--server.port=0")) {
			assertThat(context.getBean(LlmServingProperties.class).models()).isEmpty();
		}
	}

}
