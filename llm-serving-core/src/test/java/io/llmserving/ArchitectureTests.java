package io.llmserving;

import java.io.IOException;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The arrows between the rooms of the engine.
 */
@AnalyzeClasses(packages = "io.llmserving", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	private static final int MOST_LINES = 300;

	/** Files that may be longer. */
	private static final Set<String> LONG_FILES = Set.of("EngineLoop.java", "NativeKernels.java", "PrimaryParser.java",
			"SamplingParameters.java");

	@ArchTest
	static final ArchRule ROOMS_HAVE_NO_CYCLES = slices().matching("io.llmserving.(*)..").should().beFreeOfCycles();

	@ArchTest
	static final ArchRule API_KNOWS_NOBODY = classes().that()
		.resideInAPackage("io.llmserving.api")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("java..", "org.jspecify..", "reactor..", "io.llmserving.api");

	@ArchTest
	static final ArchRule SPI_KNOWS_API_ONLY = classes().that()
		.resideInAPackage("io.llmserving.spi")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage("java..", "org.jspecify..", "reactor..", "io.llmserving.api", "io.llmserving.spi");

	@ArchTest
	static final ArchRule LOWER_ROOMS_DO_NOT_SEE_THE_ENGINE = noClasses().that()
		.resideInAnyPackage("io.llmserving.text..", "io.llmserving.weights..", "io.llmserving.cache..",
				"io.llmserving.decoding..", "io.llmserving.runtime..", "io.llmserving.model..",
				"io.llmserving.catalog..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("io.llmserving.engine..", "io.llmserving.serving..");

	@ArchTest
	static final ArchRule THE_ENGINE_DOES_NOT_SEE_ITS_OWNER = noClasses().that()
		.resideInAPackage("io.llmserving.engine..")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("io.llmserving.serving..", "io.llmserving.catalog..");

	@ArchTest
	static final ArchRule ONLY_RUNTIME_CALLS_NATIVE_CODE = noClasses().that()
		.resideOutsideOfPackage("io.llmserving.runtime..")
		.should()
		.dependOnClassesThat()
		.belongToAnyOf(Linker.class, SymbolLookup.class);

	@ArchTest
	static final ArchRule THERE_IS_NO_SPRING = noClasses().should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework..");

	@Test
	void filesAreShort() throws IOException {
		List<String> tooLong = new ArrayList<>();
		try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
			for (Path file : files.filter((path) -> path.toString().endsWith(".java")).toList()) {
				int lines = Files.readAllLines(file).size();
				if (lines > MOST_LINES && !LONG_FILES.contains(file.getFileName().toString())) {
					tooLong.add("%s has %d lines".formatted(file, lines));
				}
			}
		}
		assertThat(tooLong).isEmpty();
	}

}
