package io.llmserving.cache;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.StepPlan;

/**
 * A cache whose books can be checked, and into which a bug can be put.
 */
public final class AuditedCache extends KvCache {

	private final BlockTables tables;

	private final AuditedPool pool;

	private final int groups;

	private final Mutation mutation;

	public AuditedCache(BlockTables tables, int blocks, int blockSize, int[] windows, boolean sharing,
			Mutation mutation) {
		this(tables, new AuditedPool(blocks, index(blocks, mutation), mutation), blockSize,
				smaller(windows, blockSize, mutation), sharing, mutation);
	}

	private AuditedCache(BlockTables tables, AuditedPool pool, int blockSize, int[] windows, boolean sharing,
			Mutation mutation) {
		super(tables, pool, blockSize, windows, sharing);
		this.tables = tables;
		this.pool = pool;
		this.groups = windows.length;
		this.mutation = mutation;
	}

	private static int[] smaller(int[] windows, int blockSize, Mutation mutation) {
		int[] changed = windows.clone();
		for (int i = 0; mutation == Mutation.SMALL_WINDOW && i < changed.length; i++) {
			changed[i] = (changed[i] == 0) ? 0 : Math.max(1, changed[i] - blockSize);
		}
		return changed;
	}

	private static BlockIndex index(int blocks, Mutation mutation) {
		return new BlockIndex(blocks) {

			@Override
			int find(int group, long high, long low) {
				boolean part = mutation == Mutation.PARTIAL_KEY;
				return super.find(group(group), part ? high & 3 : high, part ? 0 : low);
			}

			@Override
			void add(int group, int block, long high, long low) {
				boolean part = mutation == Mutation.PARTIAL_KEY;
				super.add(group(group), block, part ? high & 3 : high, part ? 0 : low);
			}

			private int group(int group) {
				return (mutation == Mutation.WRONG_GROUP) ? 0 : group;
			}

			// All contents collide: only whole keys tell them apart.
			@Override
			long hash(int group, long high, long low) {
				return low & 1;
			}

			@Override
			void remove(int block) {
				if (mutation != Mutation.STALE_INDEX) {
					super.remove(block);
				}
			}

		};
	}

	@Override
	public int find(BlockKeys keys, int most) {
		int found = super.find(keys, (this.mutation == Mutation.NOTHING_LEFT) ? most + 1 : most);
		return (this.mutation == Mutation.ONE_TOO_MANY && found > 0) ? found + 1 : found;
	}

	@Override
	public boolean reserve(int row, int tokens) {
		return super.reserve(row, (this.mutation == Mutation.ONE_TOO_FEW) ? tokens - 1 : tokens);
	}

	@Override
	public void written(int row, BlockKeys keys, int tokens) {
		super.written(row, keys, (this.mutation == Mutation.REGISTERED_EARLY) ? tokens + 1 : tokens);
	}

	@Override
	public void fork(int parent, int child, int tokens, StepPlan plan) {
		StepPlan ignored = new StepPlan();
		switch (this.mutation) {
			case NO_COPY -> super.fork(parent, child, tokens, ignored);
			case SHORT_COPY -> {
				super.fork(parent, child, tokens, ignored);
				for (int i = 0; i < ignored.blockOps().count(); i++) {
					plan.addCopyAfter(ignored.blockOps().get(i, 2), ignored.blockOps().get(i, 3),
							ignored.blockOps().get(i, 4), ignored.blockOps().get(i, 5) - 1);
				}
			}
			default -> super.fork(parent, child, tokens, plan);
		}
	}

	@Override
	public void release(int row) {
		if (this.mutation == Mutation.LEAK) {
			this.tables.clear(row);
		}
		if (this.mutation == Mutation.GIVEN_BACK_TWICE && this.tables.get(0, row, 0) != BlockTables.NONE) {
			this.pool.giveBack(this.tables.get(0, row, 0));
		}
		super.release(row);
	}

	/** Checks that tables, holders, free list and counts agree. */
	public void audit() {
		int[] references = new int[this.pool.size()];
		for (int group = 0; group < this.groups; group++) {
			for (int row = 0; row < this.tables.rows(); row++) {
				for (int column = 0; column < this.tables.columns(); column++) {
					int block = this.tables.get(group, row, column);
					if (block != BlockTables.NONE) {
						references[block]++;
					}
				}
			}
		}
		int free = 0;
		int cached = 0;
		for (int block = 0; block < references.length; block++) {
			if (references[block] != this.pool.holders(block)) {
				throw new AssertionError("block %d has %d holders, of which %d are counted".formatted(block,
						references[block], this.pool.holders(block)));
			}
			free += (references[block] == 0) ? 1 : 0;
			cached += (references[block] == 0 && this.pool.registered(block)) ? 1 : 0;
		}
		check(free == this.pool.free() && free + used() == this.pool.size(), "free blocks");
		check(cached == this.pool.cached(), "cached blocks");
		this.pool.audit();
	}

	static void check(boolean holds, String what) {
		if (!holds) {
			throw new AssertionError(what);
		}
	}

	/** A pool beside which a naive list keeps the order in which blocks are free. */
	private static final class AuditedPool extends BlockPool {

		private final List<Integer> order = new ArrayList<>();

		private final Mutation mutation;

		private AuditedPool(int blocks, BlockIndex index, Mutation mutation) {
			super(blocks, index);
			this.mutation = mutation;
			for (int block = 0; block < blocks; block++) {
				this.order.add(block);
			}
		}

		@Override
		int take() {
			int block = super.take();
			check(this.order.indexOf(block) == 0, "a block is taken that was not the first to be given back");
			this.order.remove((Integer) block);
			return block;
		}

		@Override
		void hold(int block) {
			if (this.mutation != Mutation.MISSING_HOLDER || holders(block) == 0) {
				super.hold(block);
			}
			this.order.remove((Integer) block);
		}

		@Override
		void giveBack(int block) {
			super.giveBack(block);
			if (holders(block) == 0) {
				this.order.add((this.mutation == Mutation.LAST_IN_FIRST_OUT) ? 0 : this.order.size(), block);
			}
		}

		private void audit() {
			check(this.order.size() == free(), "the list of free blocks");
		}

	}

}
