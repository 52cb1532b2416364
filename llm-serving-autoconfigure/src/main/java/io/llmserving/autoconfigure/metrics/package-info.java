/**
 * Micrometer meters of the engines.
 */
@NullMarked
package io.llmserving.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
