/**
 * Observations of generations, which become spans and timers.
 */
@NullMarked
package io.llmserving.autoconfigure.observation;

import org.jspecify.annotations.NullMarked;
