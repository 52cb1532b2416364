package io.llmserving.bench.load;

import java.util.List;

/**
 * Where requests come from.
 */
@FunctionalInterface
public interface Workload {

	/**
	 * Returns new requests. Their prompts differ between runs, apart from parts meant to
	 * be shared: no answer comes from what an earlier run left in the server's cache.
	 * @param run number of the run
	 */
	List<PlannedRequest> requests(int count, int run);

}
