package io.llmserving.api;

/**
 * What the blocks of an engine's cache were used for at one moment, few enough cells to
 * draw. A cell stands for consecutive blocks and shows the liveliest use among them.
 *
 * @param blocks blocks of the pool
 * @param blocksPerCell how many of them one cell stands for; the last cell may have fewer
 * @param shared blocks that several sequences hold
 * @param cells ordinals of {@link Use}, in the order of the blocks; callers must not
 * modify them
 */
public record CacheMap(int blocks, int blocksPerCell, int shared, byte[] cells) {

	/** Most cells of a map. */
	public static final int MAX_CELLS = 1024;

	/** The map of an engine that has no cache now. */
	public static final CacheMap EMPTY = new CacheMap(0, 1, 0, new byte[0]);

	/**
	 * What a block is used for, the liveliest use last.
	 */
	public enum Use {

		/** Nobody holds it, and nothing of use is in it. */
		FREE,

		/** Nobody holds it, but its content may be hit. */
		CACHED,

		/** A sequence, a transfer or a step in flight holds it. */
		HELD,

		/** Several sequences hold it. */
		SHARED

	}

}
