package io.llmserving.autoconfigure;

import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Spring's processing ahead of time, as {@code process-aot} does it in a user's build.
 */
class AheadOfTimeTests {

	@Test
	void beansOfConfiguredModelsCanBeProcessed() throws Exception {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			TestPropertyValues
				.of("llm.serving.models.chat.source=hf:a/b", "llm.serving.models.small.source=hf:a/c",
						"llm.serving.default-model=chat")
				.applyTo(context);
			context.register(OurAutoConfigurations.class);
			InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get("com.example", "Application")), files);
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			generation.writeGeneratedContent();
			StringBuilder sources = new StringBuilder();
			for (String path : files.getGeneratedFiles(Kind.SOURCE).keySet()) {
				sources.append(files.getGeneratedFileContent(Kind.SOURCE, path));
			}
			assertThat(sources).contains("\"llmEngine.chat\"", "\"llmEngine.small\"", "\"llmServingLifecycle\"")
				.containsPattern("LlmEngineRegistrar.*\"engine\"");
		}
	}

}
