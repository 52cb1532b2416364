package io.llmserving.api;

/**
 * An engine's counters and gauges at one moment. Counters never fall while the handle
 * lives, restarts included.
 *
 * @param waiting sequences in the queue
 * @param running sequences in the batch
 * @param blocksTotal blocks of the cache's pool
 * @param blocksUsed blocks that a sequence, a transfer or a step in flight holds
 * @param blocksCached blocks that nobody holds and whose content may be hit
 * @param steps steps run
 * @param promptTokens prompt tokens computed
 * @param generatedTokens tokens generated
 * @param prefixQueriedTokens prompt tokens looked up in the prefix cache
 * @param prefixHitTokens prompt tokens found there
 * @param preemptions sequences preempted
 * @param requestsStarted requests admitted to the batch
 * @param requestsFinished requests that ended by themselves
 * @param requestsCancelled requests cancelled
 * @param requestsFailed requests that ended with an error
 * @param restarts times the instance was rebuilt
 * @param lastStepAge nanoseconds since the step loop last made progress, 0 when idle
 */
public record EngineStatistics(int waiting, int running, int blocksTotal, int blocksUsed, int blocksCached, long steps,
		long promptTokens, long generatedTokens, long prefixQueriedTokens, long prefixHitTokens, long preemptions,
		long requestsStarted, long requestsFinished, long requestsCancelled, long requestsFailed, long restarts,
		long lastStepAge) {
}
