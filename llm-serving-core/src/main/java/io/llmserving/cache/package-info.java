/**
 * Blocks of keys and values, the tables that point to them and the index of shared
 * prefixes.
 */
@NullMarked
package io.llmserving.cache;

import org.jspecify.annotations.NullMarked;
