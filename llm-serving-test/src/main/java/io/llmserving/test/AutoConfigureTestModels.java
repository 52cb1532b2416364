package io.llmserving.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Replaces the application's models in a test, whatever their sources, so that nothing is
 * downloaded: each configured id stays, with a scripted engine or the tiny model behind
 * it. An application without models gets one of the id {@value #DEFAULT_ID}. For use with
 * any test of Spring Boot's: {@code @SpringBootTest}, {@code @WebFluxTest};
 * {@link LlmServingTest} has it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
public @interface AutoConfigureTestModels {

	/** The id of the model where the application configures none. */
	String DEFAULT_ID = "test";

	/**
	 * What answers in place of the models.
	 */
	Engine engine() default Engine.SCRIPTED;

	/**
	 * What answers in place of a model.
	 */
	enum Engine {

		/**
		 * A {@link ScriptedEngine}, which can be injected as such, and answers what the
		 * test tells it.
		 */
		SCRIPTED,

		/**
		 * The real engine over a model of about a megabyte, on the CPU. The same question
		 * gets the same answer, toy as it is, if it is sampled without chance.
		 */
		TINY

	}

}
