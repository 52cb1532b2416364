package io.llmserving.test;

import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

import io.llmserving.api.LlmServing;

/**
 * Lets scripted engines forget after each test what it told them: tests share contexts.
 */
final class ScriptedEngineResetListener implements TestExecutionListener {

	@Override
	public void afterTestMethod(TestContext testContext) {
		if (testContext.hasApplicationContext() && testContext.getApplicationContext()
			.getBeanProvider(LlmServing.class)
			.getIfAvailable() instanceof ScriptedServing serving) {
			serving.reset();
		}
	}

}
