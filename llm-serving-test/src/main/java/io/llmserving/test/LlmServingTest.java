package io.llmserving.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.core.annotation.AliasFor;
import org.springframework.core.env.Environment;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * A test of what an application does with its models, and of nothing else: of all
 * auto-configurations only the engine's and, where there are, those of its chat models
 * apply; of the application's components only {@link #components}. The models are
 * replaced as by {@link AutoConfigureTestModels}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@BootstrapWith(LlmServingTestContextBootstrapper.class)
@ExtendWith(SpringExtension.class)
@OverrideAutoConfiguration(enabled = false)
@TypeExcludeFilters(LlmServingTypeExcludeFilter.class)
@AutoConfigureTestModels
@ImportAutoConfiguration
public @interface LlmServingTest {

	/**
	 * Properties in the form {@code key=value} for the {@link Environment}.
	 */
	String[] properties() default {};

	/**
	 * The components under test; alias of {@link #components}.
	 */
	@AliasFor("components")
	Class<?>[] value() default {};

	/**
	 * The components under test.
	 */
	@AliasFor("value")
	Class<?>[] components() default {};

	/**
	 * What answers in place of the models.
	 */
	@AliasFor(annotation = AutoConfigureTestModels.class)
	AutoConfigureTestModels.Engine engine() default AutoConfigureTestModels.Engine.SCRIPTED;

	/**
	 * Whether components other than those under test are left out.
	 */
	boolean useDefaultFilters() default true;

	/**
	 * Filters that let further components in.
	 */
	Filter[] includeFilters() default {};

	/**
	 * Filters that leave components out.
	 */
	Filter[] excludeFilters() default {};

	/**
	 * Auto-configurations that are left out.
	 */
	@AliasFor(annotation = ImportAutoConfiguration.class, attribute = "exclude")
	Class<?>[] excludeAutoConfiguration() default {};

}
