package io.llmserving.test;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Replaces the models of tests that have {@link AutoConfigureTestModels}.
 */
final class TestModelsContextCustomizerFactory implements ContextCustomizerFactory {

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> attributes) {
		AutoConfigureTestModels annotation = TestContextAnnotationUtils.findMergedAnnotation(testClass,
				AutoConfigureTestModels.class);
		return (annotation != null) ? new TestModelsContextCustomizer(annotation.engine()) : null;
	}

}
