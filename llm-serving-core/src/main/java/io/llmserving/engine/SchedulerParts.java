package io.llmserving.engine;

import io.llmserving.cache.KvCache;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepRunner;

/**
 * Makes the collaborators of a scheduler, anew for each runner.
 */
class SchedulerParts {

	private final int[] windows;

	private final EngineSettings settings;

	SchedulerParts(int[] windows, EngineSettings settings) {
		this.windows = windows;
		this.settings = settings;
	}

	KvCache cache(StepRunner runner) {
		StepLimits limits = runner.limits();
		return new KvCache(runner.tables(), limits.blocks(), limits.blockSize(), this.windows,
				this.settings.prefixSharing());
	}

	RowPool rows(StepRunner runner, KvCache cache) {
		StepLimits limits = runner.limits();
		int most = Math.min(limits.sequences(), Math.min(limits.slots(), limits.headRows()));
		return new RowPool(cache, Math.min(this.settings.maxSequences(), most));
	}

	AttentionPlanner attention(StepRunner runner) {
		StepLimits limits = runner.limits();
		return new AttentionPlanner(runner.tables(), limits.blocks(), limits.blockSize(), this.windows,
				new AttentionDivision(limits.attention().slots(), limits.attention().queriesPerKey()));
	}

	ResultApplier results(Requests requests, Counters counters, Observers observers) {
		return new ResultApplier(requests, counters, observers);
	}

	int budget(StepRunner runner) {
		return Math.min(this.settings.tokensPerStep(), runner.limits().tokens());
	}

}
