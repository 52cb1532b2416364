/**
 * What one caller may take from all others.
 */
@NullMarked
package io.llmserving.autoconfigure.resilience;

import org.jspecify.annotations.NullMarked;
