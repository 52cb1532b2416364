package io.llmserving.cache;

import io.llmserving.runtime.BlockTables;

/**
 * Keeps the block tables of sequences: one row per sequence and KV group over one pool.
 * Rows change only between steps. Engine thread only.
 */
public final class KvCache {

	private final BlockTables tables;

	private final BlockPool pool;

	private final int blockSize;

	private final int[] windows;

	private final boolean sharing;

	/** Columns in use by row, those given back behind a window included. */
	private final int[] columns;

	/** Columns by row whose content is registered. */
	private final int[] registered;

	/**
	 * @param windows window of each group, 0 for none
	 * @param sharing whether rows share the blocks of a common prefix
	 */
	public KvCache(BlockTables tables, int blocks, int blockSize, int[] windows, boolean sharing) {
		this.tables = tables;
		this.pool = new BlockPool(blocks, windows.length);
		this.blockSize = blockSize;
		this.windows = windows.clone();
		this.sharing = sharing;
		this.columns = new int[tables.rows()];
		this.registered = new int[tables.rows()];
	}

	/**
	 * Returns how many leading blocks of a sequence are valid in all groups.
	 * @param most most blocks to look for
	 */
	public int find(BlockKeys keys, int most) {
		if (!this.sharing) {
			return 0;
		}
		int count = 0;
		int limit = Math.min(most, keys.size());
		for (int candidate = limit; candidate > 0 && count == 0; candidate--) {
			count = valid(keys, candidate) ? candidate : 0;
		}
		return count;
	}

	private boolean valid(BlockKeys keys, int count) {
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = firstVisible(group, count * this.blockSize); column < count; column++) {
				if (this.pool.find(group, keys.get(column)) < 0) {
					return false;
				}
			}
		}
		return true;
	}

	/** Returns how many blocks a row of so many tokens needs beyond those found. */
	public int missing(BlockKeys keys, int found, int tokens) {
		int missing = this.windows.length * (columnsOf(tokens) - found);
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = firstVisible(group, found * this.blockSize); column < found; column++) {
				missing += (this.pool.holders(this.pool.find(group, keys.get(column))) == 0) ? 1 : 0;
			}
		}
		return missing;
	}

	/** Starts an empty row with blocks that were found. */
	public void attach(int row, BlockKeys keys, int found) {
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = firstVisible(group, found * this.blockSize); column < found; column++) {
				int block = this.pool.find(group, keys.get(column));
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
					this.pool.register(group, block, keys.get(column));
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

	private int columnsOf(int tokens) {
		return (tokens + this.blockSize - 1) / this.blockSize;
	}

	/** First column that a query at this position sees. */
	private int firstVisible(int group, int position) {
		int window = this.windows[group];
		return (window == 0) ? 0 : Math.max(0, position - window + 1) / this.blockSize;
	}

}
