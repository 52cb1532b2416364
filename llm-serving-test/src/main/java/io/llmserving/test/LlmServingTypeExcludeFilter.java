package io.llmserving.test;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.springframework.boot.test.context.filter.annotation.StandardAnnotationCustomizableTypeExcludeFilter;

/**
 * Leaves out all components but those that a {@link LlmServingTest} names.
 */
final class LlmServingTypeExcludeFilter extends StandardAnnotationCustomizableTypeExcludeFilter<LlmServingTest> {

	private final Set<Class<?>> components;

	LlmServingTypeExcludeFilter(Class<?> testClass) {
		super(testClass);
		Class<?>[] named = getAnnotation().getValue("components", Class[].class).orElseGet(() -> new Class<?>[0]);
		this.components = new LinkedHashSet<>(List.of(named));
	}

	@Override
	protected Set<Class<?>> getComponentIncludes() {
		return this.components;
	}

}
