/**
 * Devices, programs and steps. The only room that knows the native library.
 */
@NullMarked
package io.llmserving.runtime;

import org.jspecify.annotations.NullMarked;
