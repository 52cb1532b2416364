/**
 * What an application implements to extend the engine: where models come from, who
 * observes it.
 */
@NullMarked
package io.llmserving.spi;

import org.jspecify.annotations.NullMarked;
