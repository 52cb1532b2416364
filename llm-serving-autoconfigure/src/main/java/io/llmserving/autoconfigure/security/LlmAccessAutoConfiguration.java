package io.llmserving.autoconfigure.security;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.web.server.WebFilter;

import io.llmserving.autoconfigure.OpenAiWebFluxAutoConfiguration;
import io.llmserving.autoconfigure.web.ProtectedRoutes;

/**
 * What holds for access to the routes whether or not Spring Security is there: that
 * nothing which is configured to be closed stays open for want of a library, that open
 * endpoints are not open unnoticed, and which other origins may call.
 */
@AutoConfiguration(after = OpenAiWebFluxAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(WebFilter.class)
@ConditionalOnBean(ProtectedRoutes.class)
@EnableConfigurationProperties(LlmSecurityProperties.class)
public final class LlmAccessAutoConfiguration {

	@Bean
	AccessCheck llmAccessCheck(Environment environment, ResourceLoader resources) {
		return AccessCheck.of(AccessSettings.of(environment), resources.getClassLoader());
	}

	@Bean
	OpenAccessWarning llmOpenAccessWarning(AccessCheck check, ObjectProvider<ProtectedRoutes> routes) {
		return new OpenAccessWarning(check, routes.orderedStream().toList());
	}

	@Bean
	WebFilter llmCorsFilter(ObjectProvider<ProtectedRoutes> routes, LlmSecurityProperties properties) {
		return new RoutesCorsFilter(routes.orderedStream().toList(), properties.cors());
	}

}
