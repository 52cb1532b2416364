package io.llmserving.autoconfigure;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import io.llmserving.api.LlmServing;
import io.llmserving.serving.LocalLlmServing;
import io.llmserving.serving.ServingControl;
import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.ModelSourceResolver;

/**
 * The engine: its properties, the façade with its life cycle, and a bean for each
 * configured model.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "llm.serving.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LlmServingProperties.class)
@Import(LlmEngineRegistrar.class)
public final class LlmServingAutoConfiguration {

	@Bean
	HeadStart llmHeadStart() {
		return new HeadStart();
	}

	// Stopped by its life cycles, in their phases, not when beans are destroyed.
	@Bean(destroyMethod = "")
	@ConditionalOnMissingBean(LlmServing.class)
	LocalLlmServing llmServing(LlmServingProperties properties, ObjectProvider<ModelSourceResolver> resolvers,
			ObjectProvider<EngineObserver> observers, HeadStart ahead) {
		SettingsMapper mapper = new SettingsMapper(properties);
		LocalLlmServing serving = new LocalLlmServing(mapper.map(), resolvers.orderedStream().toList(),
				observers.orderedStream().toList(), mapper::map);
		ahead.begin(serving::start, serving::close);
		return serving;
	}

	@Bean
	@ConditionalOnBean(ServingControl.class)
	LlmServingLifecycle llmServingLifecycle(ServingControl serving, HeadStart ahead, LlmServingProperties properties,
			ApplicationContext context) {
		return new LlmServingLifecycle(serving, ahead, properties.startup(), context);
	}

	@Bean
	@ConditionalOnBean(ServingControl.class)
	LlmDrainLifecycle llmDrainLifecycle(ServingControl serving, LlmServingProperties properties) {
		return new LlmDrainLifecycle(serving, properties.shutdown().drainTimeout());
	}

}
