package io.llmserving.runtime;

/**
 * How a device takes attention work.
 *
 * @param slots items that it runs at once, 0 for a device that divides the work by itself
 * @param queriesPerKey query heads of a head of keys
 */
public record AttentionLimits(int slots, int queriesPerKey) {

	/** For devices that divide the work by themselves. */
	public static final AttentionLimits UNDIVIDED = new AttentionLimits(0, 1);

}
