/**
 * Benchmarks of the engine. Speed is measured here and nowhere in tests.
 */
@NullMarked
package io.llmserving.bench;

import org.jspecify.annotations.NullMarked;
