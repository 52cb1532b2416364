package io.llmserving.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What Spring Boot asks of its own auto-configurations, and the arrows of this module.
 */
@AnalyzeClasses(packages = "io.llmserving.autoconfigure", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule PACKAGES_HAVE_NO_CYCLES = slices().matching("io.llmserving.autoconfigure.(**)")
		.should()
		.beFreeOfCycles();

	@ArchTest
	static final ArchRule AUTO_CONFIGURATIONS_ARE_FINAL_AND_NAMED_SO = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL)
		.andShould()
		.haveSimpleNameEndingWith("AutoConfiguration");

	@ArchTest
	static final ArchRule AUTO_CONFIGURATIONS_SHOW_NOTHING = noMethods().that()
		.areDeclaredInClassesThat()
		.areAnnotatedWith(AutoConfiguration.class)
		.should()
		.bePublic();

	@ArchTest
	static final ArchRule CLASS_CONDITIONS_STAND_ON_CLASSES = noMethods().that()
		.areAnnotatedWith(Bean.class)
		.should()
		.beAnnotatedWith(ConditionalOnClass.class);

	@ArchTest
	static final ArchRule MISSING_BEAN_CONDITIONS_DO_NOT_REPEAT_THE_RETURN_TYPE = methods().that()
		.areAnnotatedWith(Bean.class)
		.should(notRepeatTheReturnType());

	@ArchTest
	static final ArchRule POST_PROCESSORS_ARE_STATIC = methods().that()
		.areAnnotatedWith(Bean.class)
		.and()
		.haveRawReturnType(DescribedPredicate.or(JavaClass.Predicates.assignableTo(BeanPostProcessor.class),
				JavaClass.Predicates.assignableTo(BeanFactoryPostProcessor.class)))
		.should()
		.beStatic()
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule THE_PROTOCOL_KNOWS_NO_WEB_FRAMEWORK = noClasses().that()
		.resideInAPackage("..openai..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework..", "reactor..");

	/** Exceptions of these rooms are what failure analyzers explain. */
	@ArchTest
	static final ArchRule THE_ENGINES_ROOMS_ARE_NOT_SEEN = noClasses().should()
		.dependOnClassesThat(JavaClass.Predicates
			.resideInAnyPackage("io.llmserving.runtime..", "io.llmserving.weights..", "io.llmserving.model..",
					"io.llmserving.cache..", "io.llmserving.decoding..", "io.llmserving.text..",
					"io.llmserving.engine..")
			.and(DescribedPredicate.not(JavaClass.Predicates.assignableTo(Throwable.class))));

	@ArchTest
	static void autoConfigurationsAreListedInOrder(JavaClasses classes) throws IOException {
		String resource = "/META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";
		try (InputStream stream = ArchitectureTests.class.getResourceAsStream(resource)) {
			List<String> listed = new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
			assertThat(listed).isEqualTo(classes.stream()
				.filter((type) -> type.isAnnotatedWith(AutoConfiguration.class))
				.map(JavaClass::getName)
				.sorted()
				.toList());
		}
	}

	@ArchTest
	static void propertiesAreNamedByValue(JavaClasses classes) {
		assertThat(classes.stream().filter((type) -> type.isAnnotatedWith(ConfigurationProperties.class))).isNotEmpty()
			.allSatisfy((type) -> assertThat(type.getAnnotationOfType(ConfigurationProperties.class).value())
				.startsWith("llm.serving"));
	}

	@Test
	void filesAreShort() throws IOException {
		try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
			assertThat(files.filter((path) -> path.toString().endsWith(".java"))).allSatisfy(
					(file) -> assertThat(Files.readAllLines(file)).as(file.toString()).hasSizeLessThanOrEqualTo(300));
		}
	}

	private static ArchCondition<JavaMethod> notRepeatTheReturnType() {
		return new ArchCondition<>("not repeat the return type in @ConditionalOnMissingBean") {

			@Override
			public void check(JavaMethod method, ConditionEvents events) {
				if (!method.isAnnotatedWith(ConditionalOnMissingBean.class)) {
					return;
				}
				Class<?>[] types = method.getAnnotationOfType(ConditionalOnMissingBean.class).value();
				boolean repeated = types.length == 1 && types[0].getName().equals(method.getRawReturnType().getName());
				events.add(new SimpleConditionEvent(method, !repeated, method.getFullName()));
			}

		};
	}

}
