/**
 * Metrics under the names of vLLM, so that its dashboards and scalers work.
 */
@NullMarked
package io.llmserving.autoconfigure.prometheus;

import org.jspecify.annotations.NullMarked;
