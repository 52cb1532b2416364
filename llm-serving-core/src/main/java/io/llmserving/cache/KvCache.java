package io.llmserving.cache;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.StepPlan;

/**
 * Keeps the block tables of sequences: one row per sequence and KV group over one pool of
 * equal blocks. A block with more than one holder or a registered content is never
 * written again, because only full blocks are shared or registered. Engine thread only;
 * rows that a step in flight reads may grow, and may lose blocks that no later query
 * sees, but are released only when that step was awaited.
 */
public class KvCache {

	private final BlockTables tables;

	private final BlockPool pool;

	private final int blockSize;

	private final int[] windows;

	private final boolean sharing;

	/** Columns in use by row, those given back behind a window included. */
	private final int[] columns;

	/** Columns by row whose content is registered. */
	private final int[] registered;

	/** By group: consecutive columns found up to the one being looked at. */
	private final int[] runs;

	/**
	 * @param windows window of each group, 0 for none
	 * @param sharing whether rows share the blocks of a common prefix
	 */
	public KvCache(BlockTables tables, int blocks, int blockSize, int[] windows, boolean sharing) {
		this(tables, new BlockPool(blocks, new BlockIndex(blocks)), blockSize, windows, sharing);
	}

	KvCache(BlockTables tables, BlockPool pool, int blockSize, int[] windows, boolean sharing) {
		this.tables = tables;
		this.pool = pool;
		this.blockSize = blockSize;
		this.windows = windows.clone();
		this.sharing = sharing;
		this.columns = new int[tables.rows()];
		this.registered = new int[tables.rows()];
		this.runs = new int[windows.length];
	}

	/**
	 * Returns how many leading blocks of a sequence are valid in all groups: the largest
	 * number of which each group has all that a query behind them sees. One look-up per
	 * block and group.
	 * @param most most blocks to look for
	 */
	public int find(BlockKeys keys, int most) {
		int found = 0;
		int limit = this.sharing ? Math.min(most, keys.size()) : 0;
		for (int group = 0; group < this.windows.length; group++) {
			this.runs[group] = 0;
		}
		for (int column = 0; column < limit; column++) {
			boolean valid = true;
			for (int group = 0; group < this.windows.length; group++) {
				boolean there = this.pool.find(group, keys.high(column), keys.low(column)) >= 0;
				if (!there && this.windows[group] == 0) {
					return found;
				}
				this.runs[group] = there ? this.runs[group] + 1 : 0;
				int visible = column + 1 - firstVisible(group, (column + 1) * this.blockSize);
				valid &= this.runs[group] >= visible;
			}
			found = valid ? column + 1 : found;
		}
		return found;
	}

	/**
	 * Returns how many free blocks a row of so many tokens takes, those found that nobody
	 * holds included.
	 */
	public int missing(BlockKeys keys, int found, int tokens) {
		int missing = this.windows.length * (columnsOf(tokens) - found);
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = firstVisible(group, found * this.blockSize); column < found; column++) {
				int block = this.pool.find(group, keys.high(column), keys.low(column));
				missing += (this.pool.holders(block) == 0) ? 1 : 0;
			}
		}
		return missing;
	}

	/** Starts an empty row with blocks that were found. */
	public void attach(int row, BlockKeys keys, int found) {
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = firstVisible(group, found * this.blockSize); column < found; column++) {
				int block = this.pool.find(group, keys.high(column), keys.low(column));
				this.pool.hold(block);
				this.tables.set(group, row, column, block);
			}
		}
		this.columns[row] = found;
		this.registered[row] = found;
	}

	/**
	 * Makes room for a row's first tokens.
	 * @return false if there are too few free blocks; nothing has changed then
	 */
	public boolean reserve(int row, int tokens) {
		int wanted = columnsOf(tokens);
		if (this.windows.length * (wanted - this.columns[row]) > this.pool.free()) {
			return false;
		}
		for (; this.columns[row] < wanted; this.columns[row]++) {
			for (int group = 0; group < this.windows.length; group++) {
				this.tables.set(group, row, this.columns[row], this.pool.take());
			}
		}
		return true;
	}

	/** Returns whether there are enough free blocks to copy a row of so many tokens. */
	public boolean forkable(int tokens) {
		return tokens % this.blockSize == 0 || this.windows.length <= this.pool.free();
	}

	/**
	 * Starts an empty row as a copy of another that this plan extends to a number of
	 * tokens: full blocks are shared, a partial last one is copied when the plan's
	 * forward pass has written it. Must be {@link #forkable}.
	 */
	public void fork(int parent, int child, int tokens, StepPlan plan) {
		int full = tokens / this.blockSize;
		int partial = tokens % this.blockSize;
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = firstVisible(group, tokens); column < full; column++) {
				int block = this.tables.get(group, parent, column);
				this.pool.hold(block);
				this.tables.set(group, child, column, block);
			}
			if (partial > 0) {
				int target = this.pool.take();
				plan.addCopyAfter(group, this.tables.get(group, parent, full), target, partial);
				this.tables.set(group, child, full, target);
			}
		}
		this.columns[child] = columnsOf(tokens);
		this.registered[child] = Math.min(this.registered[parent], full);
	}

	/**
	 * Tells that a row's keys and values are written up to a number of tokens: full
	 * blocks can be found from now on, those behind a window are given back.
	 */
	public void written(int row, BlockKeys keys, int tokens) {
		int full = Math.min(tokens / this.blockSize, keys.size());
		for (int column = this.registered[row]; this.sharing && column < full; column++) {
			for (int group = 0; group < this.windows.length; group++) {
				int block = this.tables.get(group, row, column);
				if (block != BlockTables.NONE) {
					this.pool.register(group, block, keys.high(column), keys.low(column));
				}
			}
		}
		this.registered[row] = Math.max(full, this.registered[row]);
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = firstVisible(group, tokens) - 1; column >= 0; column--) {
				int block = this.tables.get(group, row, column);
				if (block == BlockTables.NONE) {
					break;
				}
				this.pool.giveBack(block);
				this.tables.set(group, row, column, BlockTables.NONE);
			}
		}
	}

	/** Gives back all blocks of a row, the last first, so that tails are taken first. */
	public void release(int row) {
		for (int column = this.columns[row] - 1; column >= 0; column--) {
			for (int group = 0; group < this.windows.length; group++) {
				int block = this.tables.get(group, row, column);
				if (block != BlockTables.NONE) {
					this.pool.giveBack(block);
				}
			}
		}
		this.tables.clear(row);
		this.columns[row] = 0;
		this.registered[row] = 0;
	}

	public int free() {
		return this.pool.free();
	}

	public int used() {
		return this.pool.size() - this.pool.free();
	}

	public int cached() {
		return this.pool.cached();
	}

	public int blocks() {
		return this.pool.size();
	}

	/** Returns how many hold a block: rows, and steps in flight with those that left. */
	public int holders(int block) {
		return this.pool.holders(block);
	}

	/** Returns whether a block's content may be found by its key. */
	public boolean findable(int block) {
		return this.pool.registered(block);
	}

	/** Returns how many KV groups there are, and so blocks that one more column takes. */
	public int groups() {
		return this.windows.length;
	}

	private int columnsOf(int tokens) {
		return (tokens + this.blockSize - 1) / this.blockSize;
	}

	/** First column that a query at this position sees. */
	private int firstVisible(int group, int position) {
		int window = this.windows[group];
		return (window == 0) ? 0 : Math.max(0, position - window + 1) / this.blockSize;
	}

}
