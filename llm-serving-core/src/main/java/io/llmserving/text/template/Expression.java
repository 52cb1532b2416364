package io.llmserving.text.template;

/**
 * A compiled expression.
 */
@FunctionalInterface
interface Expression {

	Object evaluate(Execution run, Env env);

}
