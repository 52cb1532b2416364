/**
 * A small application to run first.
 */
@NullMarked
package io.llmserving.sample;

import org.jspecify.annotations.NullMarked;
