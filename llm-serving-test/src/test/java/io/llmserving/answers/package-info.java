/**
 * A user's application, small, and its tests.
 */
@NullMarked
package io.llmserving.answers;

import org.jspecify.annotations.NullMarked;
