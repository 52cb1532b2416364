/**
 * Health of the models, for people and for the readiness probe.
 */
@NullMarked
package io.llmserving.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
