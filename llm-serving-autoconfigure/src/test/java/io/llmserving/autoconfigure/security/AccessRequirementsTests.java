package io.llmserving.autoconfigure.security;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.web.server.MatcherSecurityWebFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher.MatchResult;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.FakeEngine;
import io.llmserving.autoconfigure.FakeServing;
import io.llmserving.autoconfigure.OurAutoConfigurations;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nothing that is configured to be closed is open for want of a library.
 */
@ExtendWith(OutputCaptureExtension.class)
class AccessRequirementsTests {

	private static final String HASH = "{sha256}" + "0123456789abcdef".repeat(4);

	private static final String[] KEY = { "llm.serving.security.api-keys[0].id=team",
			"llm.serving.security.api-keys[0].hash=" + HASH };

	private static final String ISSUER = "spring.security.oauth2.resourceserver.jwt.issuer-uri=https://issuer.example";

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withUserConfiguration(OurAutoConfigurations.class)
		.withBean("llmServing", LlmServing.class, () -> new FakeServing(new FakeEngine("chat")));

	private ReactiveWebApplicationContextRunner without(String... packages) {
		return this.runner.withClassLoader(new FilteredClassLoader(packages));
	}

	@Test
	void keysWithoutSpringSecurityFailTheStartWithTheDependencyToAdd() {
		without("org.springframework.security").withPropertyValues(KEY)
			.run((context) -> assertMissing(context, "llm.serving.security.api-keys is set",
					"org.springframework.boot:spring-boot-starter-security"));
	}

	@ParameterizedTest
	@ValueSource(strings = { ISSUER, "spring.security.oauth2.resourceserver.jwt.jwk-set-uri=https://issuer.example/k",
			"spring.security.oauth2.resourceserver.jwt.public-key-location=classpath:k" })
	void anIssuerWithoutSpringSecurityFailsTheStart(String issuer) {
		without("org.springframework.security").withPropertyValues(issuer)
			.run((context) -> assertMissing(context, "spring.security.oauth2.resourceserver.jwt is set",
					"org.springframework.boot:spring-boot-starter-security"));
	}

	@Test
	void anIssuerWithoutTheResourceServerFailsTheStart() {
		without("org.springframework.security.oauth2").withPropertyValues(ISSUER)
			.run((context) -> assertMissing(context, "spring.security.oauth2.resourceserver.jwt is set",
					"org.springframework.boot:spring-boot-starter-security-oauth2-resource-server"));
	}

	@Test
	void denyWithoutSpringSecurityFailsTheStart() {
		without("org.springframework.security").withPropertyValues("llm.serving.security.unauthenticated=deny")
			.run((context) -> assertMissing(context, "llm.serving.security.unauthenticated is set",
					"org.springframework.boot:spring-boot-starter-security"));
	}

	@ParameterizedTest
	@CsvSource({ "requests-per-minute, ratelimiter", "concurrency, ratelimiter", "requests-per-minute, bulkhead" })
	void limitsWithoutResilience4jFailTheStart(String limit, String missing) {
		without("io.github.resilience4j." + missing).withPropertyValues(KEY)
			.withPropertyValues("llm.serving.security.api-keys[0]." + limit + "=5")
			.run((context) -> assertMissing(context, "llm.serving.security.api-keys with limits is set",
					"io.github.resilience4j:resilience4j-" + missing));
	}

	@Test
	void limitsOfTokensWithoutResilience4jFailTheStart() {
		without("io.github.resilience4j").withPropertyValues("llm.serving.security.jwt.concurrency=5")
			.run((context) -> assertMissing(context, "llm.serving.security.jwt with limits is set",
					"io.github.resilience4j:resilience4j-ratelimiter"));
	}

	@Test
	void keysWithoutLimitsNeedNoResilience4j() {
		without("io.github.resilience4j").withPropertyValues(KEY)
			.withConfiguration(AutoConfigurations.of(ReactiveWebSecurityAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("llmSecurityWebFilterChain")
				.doesNotHaveBean("llmTenantLimitFilter"));
	}

	@Test
	void keysInAnApplicationThatTurnedSpringSecurityOffFailTheStart() {
		this.runner.withPropertyValues(KEY)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(NoSuchBeanDefinitionException.class)
				.hasMessageContaining("ServerHttpSecurity"));
	}

	@Test
	void aChainOfTheApplicationsOwnReplacesOurs() {
		SecurityWebFilterChain own = new MatcherSecurityWebFilterChain((exchange) -> MatchResult.notMatch(),
				List.of((exchange, chain) -> chain.filter(exchange)));
		this.runner.withPropertyValues(KEY)
			.withConfiguration(AutoConfigurations.of(ReactiveWebSecurityAutoConfiguration.class))
			.withBean("llmSecurityWebFilterChain", SecurityWebFilterChain.class, () -> own)
			.run((context) -> assertThat(context.getBeansOfType(SecurityWebFilterChain.class).values())
				.containsExactly(own));
	}

	@Test
	void withNothingConfiguredNeitherLibraryIsNeededAndOneWarningSaysSo(CapturedOutput output) {
		without("org.springframework.security", "io.github.resilience4j").run((context) -> {
			assertThat(context).hasNotFailed().hasBean("llmOpenAiRoutes").doesNotHaveBean("llmRoutesMatcher");
			for (int i = 0; i < 2; i++) {
				context.publishEvent(new ApplicationReadyEvent(new SpringApplication(), new String[0],
						(ConfigurableApplicationContext) context.getSourceApplicationContext(), null));
			}
		});
		assertThat(output.toString()).containsOnlyOnce("The LLM endpoints are open to everybody")
			.contains("llm.serving.security.api-keys");
	}

	@Test
	void withoutRoutesThereIsNothingToProtect() {
		without("org.springframework.security").withPropertyValues(KEY)
			.withPropertyValues("llm.serving.openai.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("llmAccessCheck"));
	}

	@ParameterizedTest
	@CsvSource({ "hash, key-in-clear-text", "hash, {sha256}abc", "hash, {bcrypt}0123", "id, a b", "id, ''" })
	void aKeyThatIsMalformedIsRefusedWithoutShowingIt(String property, String value) {
		this.runner.withPropertyValues(KEY)
			.withPropertyValues("llm.serving.security.api-keys[0]." + property + "=" + value)
			.run((context) -> {
				assertThat(context).hasFailed();
				Throwable cause = context.getStartupFailure();
				while (cause.getCause() != null) {
					assertThat(String.valueOf(cause.getMessage())).doesNotContain("clear-text");
					cause = cause.getCause();
				}
				assertThat(cause).hasMessageContaining("API key").hasMessageNotContaining("clear-text");
			});
	}

	@Test
	void twoKeysOfOneIdAreRefused() {
		this.runner.withPropertyValues(KEY)
			.withPropertyValues("llm.serving.security.api-keys[1].id=team",
					"llm.serving.security.api-keys[1].hash=" + HASH)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("two API keys have the same id"));
	}

	private static void assertMissing(AssertableReactiveWebApplicationContext context, String reason, String artifact) {
		assertThat(context).hasFailed();
		Throwable failure = context.getStartupFailure();
		FailureAnalysis analysis = new MissingLibraryFailureAnalyzer().analyze(failure);
		assertThat(analysis).isNotNull();
		assertThat(analysis.getDescription()).startsWith(reason).contains(artifact);
		assertThat(analysis.getAction()).contains("Add the dependency " + artifact);
	}

}
