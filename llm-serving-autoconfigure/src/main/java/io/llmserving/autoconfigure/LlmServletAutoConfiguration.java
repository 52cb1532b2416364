package io.llmserving.autoconfigure;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

import io.llmserving.api.LlmServing;

/**
 * Says in a servlet application that the engines are there as beans but not as routes.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBean(LlmServing.class)
@ConditionalOnBooleanProperty(name = "llm.serving.openai.enabled", matchIfMissing = true)
public final class LlmServletAutoConfiguration {

	private static final Logger log = LoggerFactory.getLogger(LlmServletAutoConfiguration.class);

	@Bean
	SmartInitializingSingleton llmServletWarning() {
		return () -> log.warn("This is a servlet application: its models are beans, but OpenAI's endpoints need "
				+ "WebFlux. Use spring-boot-starter-webflux without spring-boot-starter-webmvc, or set "
				+ "spring.main.web-application-type=reactive; llm.serving.openai.enabled=false silences this.");
	}

}
