package io.llmserving.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;

/**
 * The engine: its properties, the façade, and a bean for each configured model.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "llm.serving.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LlmServingProperties.class)
@Import(LlmEngineRegistrar.class)
public final class LlmServingAutoConfiguration {

}
