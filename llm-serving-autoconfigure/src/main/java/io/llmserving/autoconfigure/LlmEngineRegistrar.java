package io.llmserving.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingProperties.Model;

/**
 * Registers a bean {@code llmEngine.<id>} for each configured model; the default model's
 * is primary. A bean of that name that the application defines wins.
 */
final class LlmEngineRegistrar implements ImportBeanDefinitionRegistrar, EnvironmentAware {

	private static final String DEFAULTS = "llm.serving.defaults";

	private static final String MODELS = "llm.serving.models";

	private Environment environment;

	LlmEngineRegistrar(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void setEnvironment(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		Binder binder = Binder.get(this.environment);
		BindHandler noUnknownKeys = new NoUnboundElementsBindHandler(BindHandler.DEFAULT,
				new UnboundElementsSourceFilter());
		binder.bind(DEFAULTS, Bindable.of(Model.class), noUnknownKeys);
		Map<String, Model> models = binder.bind(MODELS, Bindable.mapOf(String.class, Model.class), noUnknownKeys)
			.orElseGet(TreeMap::new);
		// Before any bean is created: what injects the default model's would fail first.
		String primary = DefaultModel.of(List.copyOf(models.keySet()),
				binder.bind(DefaultModel.PROPERTY, String.class).orElse(null));
		for (String id : models.keySet()) {
			register(registry, id, id.equals(primary));
		}
	}

	private void register(BeanDefinitionRegistry registry, String id, boolean primary) {
		String name = "llmEngine." + id;
		if (registry.containsBeanDefinition(name)) {
			return;
		}
		// A factory method, not a supplier: a definition that can be processed ahead of
		// time.
		RootBeanDefinition definition = new RootBeanDefinition(LlmEngineRegistrar.class);
		definition.setTargetType(LlmEngine.class);
		definition.setFactoryMethodName("engine");
		definition.setAutowireMode(AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR);
		definition.getConstructorArgumentValues().addIndexedArgumentValue(1, id);
		definition.setPrimary(primary);
		definition.setDestroyMethodName("");
		definition.addQualifier(new AutowireCandidateQualifier(LlmModel.class, id));
		registry.registerBeanDefinition(name, definition);
	}

	static LlmEngine engine(LlmServing serving, String id) {
		return serving.engine(id);
	}

}
