/**
 * Named benchmarks of servers, and the one that runs them all.
 */
@NullMarked
package io.llmserving.bench.scenario;

import org.jspecify.annotations.NullMarked;
