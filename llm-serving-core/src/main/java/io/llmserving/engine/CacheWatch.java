package io.llmserving.engine;

import io.llmserving.api.CacheMap;
import io.llmserving.api.CacheMap.Use;
import io.llmserving.cache.KvCache;

/**
 * Hands maps of the cache from the engine's thread, which alone may look at the cache, to
 * those who ask. One is drawn only when somebody asked since the last: nobody who looks
 * costs a read of a flag per step.
 */
final class CacheWatch {

	private volatile boolean wanted;

	private volatile CacheMap last = CacheMap.EMPTY;

	private volatile Runnable wake = () -> {
	};

	/** Sets what wakes the engine's thread, which sleeps when there is nothing to do. */
	void drawnBy(Runnable wake) {
		this.wake = wake;
	}

	/**
	 * Asks for a new map. Any thread.
	 * @return the last one drawn, which is that of the question before
	 */
	CacheMap ask() {
		CacheMap before = this.last;
		this.wanted = true;
		this.wake.run();
		return before;
	}

	/** Draws a map if somebody asked. Engine thread only. */
	void publish(KvCache cache) {
		if (this.wanted) {
			this.wanted = false;
			this.last = draw(cache);
		}
	}

	/** Tells that there is no cache any more. Engine thread only. */
	void clear() {
		this.last = CacheMap.EMPTY;
	}

	private static CacheMap draw(KvCache cache) {
		int blocks = cache.blocks();
		int perCell = Math.max(1, (blocks + CacheMap.MAX_CELLS - 1) / CacheMap.MAX_CELLS);
		byte[] cells = new byte[(blocks + perCell - 1) / perCell];
		int shared = 0;
		for (int block = 0; block < blocks; block++) {
			Use use = use(cache, block);
			shared += (use == Use.SHARED) ? 1 : 0;
			int cell = block / perCell;
			cells[cell] = (byte) Math.max(cells[cell], use.ordinal());
		}
		return new CacheMap(blocks, perCell, shared, cells);
	}

	private static Use use(KvCache cache, int block) {
		int holders = cache.holders(block);
		if (holders == 0) {
			return cache.findable(block) ? Use.CACHED : Use.FREE;
		}
		return (holders == 1) ? Use.HELD : Use.SHARED;
	}

}
