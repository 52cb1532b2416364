package io.llmserving.springai.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmModel;
import io.llmserving.springai.LlmChatModel;

/**
 * Registers a bean {@code llmChatModel.<id>} for each engine's bean. That of the default
 * model is what an injection point without a qualifier gets, but only as a fallback, so
 * that another provider's chat model goes first; the others are found by their qualifiers
 * alone. A bean of that name that the application defines wins.
 */
final class LlmChatModelRegistrar implements ImportBeanDefinitionRegistrar {

	private static final String ENGINES = "llmEngine.";

	private static final String CHAT_MODELS = "llmChatModel.";

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		for (String name : registry.getBeanDefinitionNames()) {
			if (name.startsWith(ENGINES)) {
				register(registry, name.substring(ENGINES.length()), registry.getBeanDefinition(name).isPrimary());
			}
		}
	}

	private void register(BeanDefinitionRegistry registry, String id, boolean isDefault) {
		String name = CHAT_MODELS + id;
		if (registry.containsBeanDefinition(name)) {
			return;
		}
		// A factory method, not a supplier: a definition that can be processed ahead of
		// time.
		RootBeanDefinition definition = new RootBeanDefinition(LlmChatModelRegistrar.class);
		definition.setTargetType(LlmChatModel.class);
		definition.setFactoryMethodName("create");
		definition.setAutowireMode(AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR);
		definition.getConstructorArgumentValues().addIndexedArgumentValue(3, id);
		definition.setFallback(true);
		definition.setDefaultCandidate(isDefault);
		definition.addQualifier(new AutowireCandidateQualifier(LlmModel.class, id));
		registry.registerBeanDefinition(name, definition);
	}

	static LlmChatModel create(LlmServing serving, ObjectProvider<ObservationRegistry> observations,
			ObjectProvider<ChatModelObservationConvention> convention, String id) {
		return LlmChatModel.builder(serving)
			.model(id)
			.observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP))
			.observationConvention(convention.getIfUnique())
			.build();
	}

}
