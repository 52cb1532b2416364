package io.llmserving.api;

import java.time.Duration;

/**
 * How long the parts of a request took, seen by the engine.
 *
 * @param queued from submission to the first step that computed a token of it
 * @param firstToken from submission to the first generated token, zero when there was
 * none
 * @param total from submission to the end
 * @param preemptions how often the request was preempted
 */
public record Timings(Duration queued, Duration firstToken, Duration total, int preemptions) {
}
