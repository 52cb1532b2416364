/**
 * What a benchmark prints and writes: tables, JSON, plots.
 */
@NullMarked
package io.llmserving.bench.report;

import org.jspecify.annotations.NullMarked;
