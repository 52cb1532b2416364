package io.llmserving.engine;

import io.llmserving.cache.AuditedCache;
import io.llmserving.cache.KvCache;
import io.llmserving.cache.Mutation;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepRunner;

/**
 * Makes collaborators whose books can be checked, one of them with a bug.
 */
final class MutantParts extends SchedulerParts {

	private final int[] windows;

	private final EngineSettings settings;

	private final Mutation mutation;

	MutantParts(int[] windows, EngineSettings settings, Mutation mutation) {
		super(windows, settings);
		this.windows = windows.clone();
		this.settings = settings;
		this.mutation = mutation;
	}

	@Override
	KvCache cache(StepRunner runner) {
		StepLimits limits = runner.limits();
		return new AuditedCache(runner.tables(), limits.blocks(), limits.blockSize(), this.windows,
				this.settings.prefixSharing(), this.mutation);
	}

	@Override
	RowPool rows(StepRunner runner, KvCache cache) {
		int rows = super.rows(runner, cache).size();
		return new RowPool(cache, rows) {

			@Override
			void retire(int row, long fence) {
				super.retire(row, (MutantParts.this.mutation == Mutation.NO_FENCE) ? 0 : fence);
			}

		};
	}

	@Override
	AttentionPlanner attention(StepRunner runner) {
		StepLimits limits = runner.limits();
		return new AttentionPlanner(runner.tables(), limits.blocks(), limits.blockSize(), this.windows,
				new AttentionDivision(limits.attention().slots(), limits.attention().queriesPerKey())) {

			@Override
			int lastChunk(StepPlan plan, int sequence) {
				int last = super.lastChunk(plan, sequence);
				return (MutantParts.this.mutation == Mutation.MISSING_CHUNK) ? Math.max(0, last - 1) : last;
			}

			@Override
			boolean same(int group, int row, int other, int chunk) {
				return MutantParts.this.mutation == Mutation.SHARED_ITEMS || super.same(group, row, other, chunk);
			}

		};
	}

	@Override
	ResultApplier results(Requests requests, Counters counters, Observers observers) {
		return new ResultApplier(requests, counters, observers) {

			@Override
			boolean stale(Flight flight, int entry) {
				return MutantParts.this.mutation != Mutation.STALE_RESULT && super.stale(flight, entry);
			}

		};
	}

}
