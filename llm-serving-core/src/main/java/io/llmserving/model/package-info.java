/**
 * Architectures: one readable class each, which writes its forward pass.
 */
@NullMarked
package io.llmserving.model;

import org.jspecify.annotations.NullMarked;
