package io.llmserving.autoconfigure;

import java.time.Clock;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.openai.RequestParser;
import io.llmserving.autoconfigure.web.CompletionHandler;
import io.llmserving.autoconfigure.web.ModelHandler;
import io.llmserving.autoconfigure.web.OpenAiRoutes;
import io.llmserving.autoconfigure.web.ProtectedRoutes;
import io.llmserving.autoconfigure.web.ProtocolErrorFilter;
import io.llmserving.autoconfigure.web.TokenHandler;

/**
 * OpenAI's endpoints in a WebFlux application.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(RouterFunction.class)
@ConditionalOnBean(LlmServing.class)
@ConditionalOnBooleanProperty(name = "llm.serving.openai.enabled", matchIfMissing = true)
public final class OpenAiWebFluxAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "llmOpenAiRoutes")
	RouterFunction<ServerResponse> llmOpenAiRoutes(LlmServing serving, LlmServingProperties properties) {
		LlmServingProperties.OpenAi openAi = properties.openai();
		JsonMapper json = JsonMapper.shared();
		Clock clock = Clock.systemUTC();
		int limit = Math.toIntExact(openAi.maxRequestSize().toBytes());
		RequestParser parser = new RequestParser(json, openAi.lenient());
		return new OpenAiRoutes(openAi.basePath(),
				new CompletionHandler(serving, parser, limit, openAi.maxRequestTimeout(), openAi.heartbeat(), clock),
				new ModelHandler(serving, json, clock), new TokenHandler(serving, parser, json, limit))
			.router();
	}

	@Bean
	ProtectedRoutes llmOpenAiProtectedRoutes(@Qualifier("llmOpenAiRoutes") RouterFunction<?> routes) {
		return new ProtectedRoutes(routes, ProtectedRoutes.INFERENCE);
	}

	@Bean
	WebFilter llmOpenAiErrorFilter(LlmServingProperties properties) {
		return new ProtocolErrorFilter(properties.openai().basePath());
	}

}
