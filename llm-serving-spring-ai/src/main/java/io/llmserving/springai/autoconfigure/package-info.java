/**
 * A chat model for each configured model.
 */
@NullMarked
package io.llmserving.springai.autoconfigure;

import org.jspecify.annotations.NullMarked;
