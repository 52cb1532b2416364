package io.llmserving.bench.load;

/**
 * A request that is ready to be sent.
 *
 * @param body its JSON
 * @param expectedTokens tokens that the answer must have in all its choices, 0 if the
 * model decides
 * @param cancelAfter events with output after which the client leaves, 0 for never
 */
public record PlannedRequest(byte[] body, int expectedTokens, int cancelAfter) {

	/**
	 * Returns the request with a client that leaves.
	 */
	public PlannedRequest cancelledAfter(int events) {
		return new PlannedRequest(this.body, this.expectedTokens, events);
	}

}
