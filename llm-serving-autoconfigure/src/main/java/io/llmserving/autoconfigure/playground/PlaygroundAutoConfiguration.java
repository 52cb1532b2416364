package io.llmserving.autoconfigure.playground;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingProperties;
import io.llmserving.autoconfigure.OpenAiWebFluxAutoConfiguration;
import io.llmserving.autoconfigure.web.ProtectedRoutes;

/**
 * A page to try the models in a browser, beside OpenAI's endpoints, which it uses.
 */
@AutoConfiguration(after = OpenAiWebFluxAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(RouterFunction.class)
@ConditionalOnBooleanProperty("llm.serving.playground.enabled")
@ConditionalOnBean(value = LlmServing.class, name = "llmOpenAiRoutes")
@EnableConfigurationProperties(PlaygroundProperties.class)
public final class PlaygroundAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "llmPlaygroundRoutes")
	RouterFunction<ServerResponse> llmPlaygroundRoutes(PlaygroundProperties properties, LlmServingProperties serving) {
		return new PlaygroundPage(properties.path(), serving.openai().basePath()).router();
	}

	@Bean
	EngineFeed llmEngineFeed(LlmServing serving, ApplicationContext context) {
		return new EngineFeed(serving, context);
	}

	@Bean
	@ConditionalOnMissingBean(name = "llmPlaygroundEventRoutes")
	RouterFunction<ServerResponse> llmPlaygroundEventRoutes(PlaygroundProperties properties, EngineFeed feed) {
		return feed.router(properties.path() + "/events");
	}

	/** The page itself shows nothing; what it lives on is closed like the models. */
	@Bean
	ProtectedRoutes llmPlaygroundProtectedRoutes(@Qualifier("llmPlaygroundEventRoutes") RouterFunction<?> routes) {
		return new ProtectedRoutes(routes, ProtectedRoutes.INFERENCE);
	}

}
