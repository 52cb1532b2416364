/**
 * Options that several commands share.
 */
@NullMarked
package io.llmserving.bench.options;

import org.jspecify.annotations.NullMarked;
