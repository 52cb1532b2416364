/**
 * Liveness of the application: broken while an engine's step loop is stuck.
 */
@NullMarked
package io.llmserving.autoconfigure.availability;

import org.jspecify.annotations.NullMarked;
