/**
 * From sampling parameters to what a sampler slot obeys.
 */
@NullMarked
package io.llmserving.decoding;

import org.jspecify.annotations.NullMarked;
