/**
 * Hostile files and requests: whatever they hold, only the documented exceptions come of
 * it. In a normal build the inputs under {@code src/test/resources} are tried; with
 * {@code JAZZER_FUZZ=1} the fuzzer looks for others.
 */
package io.llmserving.fuzz;
