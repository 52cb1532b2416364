/**
 * The models as chat models of Spring AI.
 */
@NullMarked
package io.llmserving.springai;

import org.jspecify.annotations.NullMarked;
