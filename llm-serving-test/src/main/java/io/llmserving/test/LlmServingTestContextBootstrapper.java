package io.llmserving.test;

import org.springframework.boot.test.autoconfigure.TestSliceTestContextBootstrapper;

/**
 * Bootstraps a {@link LlmServingTest}.
 */
class LlmServingTestContextBootstrapper extends TestSliceTestContextBootstrapper<LlmServingTest> {

}
