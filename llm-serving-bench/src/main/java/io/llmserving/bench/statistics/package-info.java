/**
 * Quantiles of repeated measurements, and how certain they are.
 */
@NullMarked
package io.llmserving.bench.statistics;

import org.jspecify.annotations.NullMarked;
