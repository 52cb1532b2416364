package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The block tables of all KV groups, off the heap so that steps read them in place:
 * {@code int[group][row][column]}, -1 where there is no block. Engine thread only.
 */
public final class BlockTables {

	/** Stands where a row has no block. */
	public static final int NONE = -1;

	private final MemorySegment segment;

	private final int groups;

	private final int rows;

	private final int columns;

	/**
	 * Creates tables without any block.
	 * @param arena owner of the memory
	 */
	public BlockTables(Arena arena, int groups, int rows, int columns) {
		this.groups = groups;
		this.rows = rows;
		this.columns = columns;
		this.segment = arena.allocate(ValueLayout.JAVA_INT, (long) groups * rows * columns);
		this.segment.fill((byte) -1);
	}

	public int rows() {
		return this.rows;
	}

	public int columns() {
		return this.columns;
	}

	public int get(int group, int row, int column) {
		return this.segment.getAtIndex(ValueLayout.JAVA_INT, index(group, row, column));
	}

	public void set(int group, int row, int column, int block) {
		this.segment.setAtIndex(ValueLayout.JAVA_INT, index(group, row, column), block);
	}

	/**
	 * Takes all blocks out of a row.
	 */
	public void clear(int row) {
		for (int group = 0; group < this.groups; group++) {
			this.segment.asSlice(index(group, row, 0) * Integer.BYTES, (long) this.columns * Integer.BYTES)
				.fill((byte) -1);
		}
	}

	/** The memory itself, for the native library. */
	public MemorySegment segment() {
		return this.segment;
	}

	private long index(int group, int row, int column) {
		if (group < 0 || group >= this.groups || row < 0 || row >= this.rows || column < 0 || column >= this.columns) {
			throw new IndexOutOfBoundsException("group %d of %d, row %d of %d, column %d of %d".formatted(group,
					this.groups, row, this.rows, column, this.columns));
		}
		return ((long) group * this.rows + row) * this.columns + column;
	}

}
