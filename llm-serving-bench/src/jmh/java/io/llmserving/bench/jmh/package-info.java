/**
 * Microbenchmarks of what Java does for each step and token.
 */
@NullMarked
package io.llmserving.bench.jmh;

import org.jspecify.annotations.NullMarked;
