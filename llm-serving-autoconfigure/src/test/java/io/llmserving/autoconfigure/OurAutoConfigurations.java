package io.llmserving.autoconfigure;

import java.util.List;
import java.util.Map;

import org.springframework.boot.autoconfigure.AutoConfigurationImportSelector;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Our auto-configurations, found and filtered as in an application: one whose libraries a
 * test hides from the class path is never loaded.
 */
@Configuration(proxyBeanMethods = false)
@Import(OurAutoConfigurations.Selector.class)
public class OurAutoConfigurations {

	static final class Selector extends AutoConfigurationImportSelector {

		@Override
		protected AnnotationAttributes getAttributes(AnnotationMetadata metadata) {
			return new AnnotationAttributes(Map.of("exclude", new String[0], "excludeName", new String[0]));
		}

		@Override
		protected List<String> getCandidateConfigurations(AnnotationMetadata metadata,
				AnnotationAttributes attributes) {
			return super.getCandidateConfigurations(metadata, attributes).stream()
				.filter((name) -> name.startsWith("io.llmserving."))
				.toList();
		}

	}

}
