/**
 * From sampling parameters to what a sampler slot obeys, and to when a choice ends.
 */
@NullMarked
package io.llmserving.decoding;

import org.jspecify.annotations.NullMarked;
