/**
 * Explanations of what can go wrong at start-up.
 */
@NullMarked
package io.llmserving.autoconfigure.diagnostics;

import org.jspecify.annotations.NullMarked;
