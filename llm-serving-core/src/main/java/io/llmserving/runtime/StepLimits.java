package io.llmserving.runtime;

/**
 * Sizes of a runner, fixed when it is made.
 *
 * @param tokens query tokens of a step
 * @param sequences sequences of a step, and rows of each block table
 * @param headRows rows of a step for which logits are computed
 * @param slots sampler slots
 * @param blocks blocks of the pool
 * @param blockSize tokens per block
 * @param blocksPerRow blocks that a table row holds
 * @param groups KV groups
 * @param depth steps that may be in flight
 * @param vocabulary number of token ids
 * @param topTokens most alternatives that a job or a target may report
 * @param attention how the device takes attention work
 */
public record StepLimits(int tokens, int sequences, int headRows, int slots, int blocks, int blockSize,
		int blocksPerRow, int groups, int depth, int vocabulary, int topTokens, AttentionLimits attention) {

	/**
	 * Creates sizes for a device that divides attention by itself.
	 */
	public StepLimits(int tokens, int sequences, int headRows, int slots, int blocks, int blockSize, int blocksPerRow,
			int groups, int depth, int vocabulary, int topTokens) {
		this(tokens, sequences, headRows, slots, blocks, blockSize, blocksPerRow, groups, depth, vocabulary, topTokens,
				AttentionLimits.UNDIVIDED);
	}

	/**
	 * Returns the most tokens that one sequence may have, in a table row and in a pool of
	 * its own.
	 */
	public int sequenceTokens() {
		return Math.min(this.blocksPerRow, this.blocks / this.groups) * this.blockSize;
	}

}
