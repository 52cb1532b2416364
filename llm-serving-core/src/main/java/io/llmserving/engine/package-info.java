/**
 * The scheduler, the loop that runs steps, and the handle that outlives both.
 */
@NullMarked
package io.llmserving.engine;

import org.jspecify.annotations.NullMarked;
