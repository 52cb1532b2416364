package io.llmserving.bench.scenario;

import io.llmserving.bench.load.LoadSummary;

/**
 * A server at one load.
 *
 * @param load streams, or requests per second
 */
record SweepPoint(double load, LoadSummary summary) {
}
