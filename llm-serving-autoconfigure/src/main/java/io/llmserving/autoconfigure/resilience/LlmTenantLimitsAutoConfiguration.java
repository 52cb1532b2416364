package io.llmserving.autoconfigure.resilience;

import java.time.Duration;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.ratelimiter.RateLimiter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.server.WebFilter;

import io.llmserving.autoconfigure.OpenAiWebFluxAutoConfiguration;
import io.llmserving.autoconfigure.web.ProtectedRoutes;

/**
 * Limits of callers, by Resilience4j.
 */
@AutoConfiguration(after = OpenAiWebFluxAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({ RateLimiter.class, Bulkhead.class, WebFilter.class })
@ConditionalOnBean(ProtectedRoutes.class)
public final class LlmTenantLimitsAutoConfiguration {

	@Bean
	WebFilter llmTenantLimitFilter() {
		return new TenantLimitFilter(new TenantLimits(Duration.ofMinutes(1), System::nanoTime));
	}

}
