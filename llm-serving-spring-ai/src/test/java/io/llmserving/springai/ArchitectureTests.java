package io.llmserving.springai;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.springframework.boot.autoconfigure.AutoConfiguration;

import com.tngtech.archunit.core.domain.JavaModifier;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/**
 * The arrows of this module.
 */
@AnalyzeClasses(packages = "io.llmserving.springai", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	@ArchTest
	static final ArchRule MODELS_KNOW_THE_ENGINES_API_ALONE = noClasses().that()
		.resideInAPackage("io.llmserving.springai")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("io.llmserving.autoconfigure..", "io.llmserving.engine..", "io.llmserving.serving..",
				"io.llmserving.springai.autoconfigure..", "org.springframework.boot..");

	@ArchTest
	static final ArchRule AUTO_CONFIGURATIONS_ARE_FINAL = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL);

}
