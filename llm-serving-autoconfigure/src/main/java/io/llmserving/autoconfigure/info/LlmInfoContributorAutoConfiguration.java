package io.llmserving.autoconfigure.info;

import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;

/**
 * The models in the actuator's info; {@code management.info.llm.enabled: false} leaves
 * them out.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class)
@ConditionalOnClass({ InfoContributor.class, ConditionalOnEnabledInfoContributor.class })
@ConditionalOnBean(LlmServing.class)
@ConditionalOnEnabledInfoContributor("llm")
public final class LlmInfoContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LlmInfoContributor llmInfoContributor(LlmServing serving) {
		return new LlmInfoContributor(serving);
	}

}
