package io.llmserving.springai.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Import;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;

/**
 * A chat model for each configured model, unless {@code spring.ai.model.chat} names
 * another provider.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class)
@ConditionalOnBean(LlmServing.class)
@ConditionalOnProperty(name = "spring.ai.model.chat", havingValue = "llm-serving", matchIfMissing = true)
@Import(LlmChatModelRegistrar.class)
public final class LlmChatModelAutoConfiguration {

}
