package io.llmserving.test;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.support.TestPropertySourceUtils;

import io.llmserving.autoconfigure.LlmServingProperties.Model;
import io.llmserving.autoconfigure.RouteProperties;
import io.llmserving.test.AutoConfigureTestModels.Engine;

/**
 * Puts scripted engines or the tiny model behind the ids of an application's models. Runs
 * when all of the application's properties are known and no bean is. Where models come
 * from is replaced in any case; in all else what a test sets itself holds.
 *
 * @param engine what answers; part of the key under which contexts are cached
 */
record TestModelsContextCustomizer(Engine engine) implements ContextCustomizer {

	private static final String MODELS = "llm.serving.models";

	private static final String TINY = "classpath:io/llmserving/test/tiny.gguf";

	@Override
	public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
		Set<String> ids = ids(context.getEnvironment());
		Map<String, Object> replaced = new LinkedHashMap<>();
		Map<String, Object> small = new LinkedHashMap<>(Map.of("llm.serving.startup", "blocking"));
		for (String id : ids) {
			String prefix = MODELS + "." + id;
			replaced.put(prefix + ".source", (this.engine == Engine.TINY) ? TINY : "scripted:");
			if (this.engine == Engine.TINY) {
				replaced.put(prefix + ".device", "cpu");
				small.put(prefix + ".kv-cache.size", "16MB");
			}
		}
		MutablePropertySources sources = context.getEnvironment().getPropertySources();
		addBelowOwn(sources, new MapPropertySource("smallTestModels", small));
		sources.addFirst(new MapPropertySource("testModels", replaced));
		if (this.engine == Engine.SCRIPTED) {
			List<ScriptedEngine> engines = ids.stream().map(ScriptedEngine::unscripted).toList();
			context.getBeanFactory()
				.registerSingleton("llmServing", new ScriptedServing(engines, aliases(context.getEnvironment())));
		}
	}

	/** Returns the ids of the models, the default one first. */
	private static Set<String> ids(ConfigurableEnvironment environment) {
		Binder binder = Binder.get(environment);
		Set<String> configured = binder.bind(MODELS, Bindable.mapOf(String.class, Model.class))
			.map(Map::keySet)
			.orElse(Set.of());
		String first = binder.bind("llm.serving.default-model", String.class).orElse("");
		Set<String> ids = new LinkedHashSet<>();
		if (configured.contains(first)) {
			ids.add(first);
		}
		ids.addAll(configured);
		return ids.isEmpty() ? Set.of(AutoConfigureTestModels.DEFAULT_ID) : ids;
	}

	/** Routes lead to one of their models: a test has to know which. */
	private static Map<String, String> aliases(ConfigurableEnvironment environment) {
		Map<String, String> aliases = new LinkedHashMap<>();
		List<RouteProperties> routes = Binder.get(environment)
			.bind("llm.serving.routes", Bindable.listOf(RouteProperties.class))
			.orElse(List.of());
		for (RouteProperties route : routes) {
			if (route.name() != null && !route.to().isEmpty()) {
				aliases.put(route.name(), route.to().keySet().iterator().next());
			}
		}
		return aliases;
	}

	private static void addBelowOwn(MutablePropertySources sources, MapPropertySource ours) {
		String inlined = TestPropertySourceUtils.INLINED_PROPERTIES_PROPERTY_SOURCE_NAME;
		if (sources.contains(inlined)) {
			sources.addAfter(inlined, ours);
		}
		else {
			sources.addFirst(ours);
		}
	}

}
