package io.llmserving.catalog;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

/**
 * What this room may see, and what others may see of it.
 */
@AnalyzeClasses(packages = "io.llmserving.catalog", importOptions = ImportOption.DoNotIncludeTests.class)
class CatalogArchitectureTests {

	@ArchTest
	static final ArchRule seesOnlyTheExtensionPoints = classes().should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("io.llmserving.catalog", "io.llmserving.spi", "java..", "javax.net.ssl..",
				"tools.jackson..", "io.github.resilience4j..", "org.slf4j..", "org.jspecify..");

	@ArchTest
	static final ArchRule isSeenThroughItsFrontOnly = classes().that()
		.haveModifier(JavaModifier.PUBLIC)
		.should()
		.haveFullyQualifiedName(ModelSources.class.getName());

}
