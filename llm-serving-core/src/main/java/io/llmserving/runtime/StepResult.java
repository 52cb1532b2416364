package io.llmserving.runtime;

import java.util.Arrays;

/**
 * What a step found: per sampler job and per target one token with its logprob. Reused
 * from step to step; arrays are valid up to the counts. Engine thread only.
 */
public final class StepResult {

	/** Job status: a token was chosen. */
	public static final int FINE = 0;

	/** Job status: a logit was not finite. */
	public static final int NOT_FINITE = 1;

	/** Job status: every token was masked. */
	public static final int ALL_MASKED = 2;

	/** Results of the jobs. */
	public final Rows jobs = new Rows();

	/** Results of the targets; their status is unused. */
	public final Rows targets = new Rows();

	/**
	 * One result per row.
	 */
	public static final class Rows {

		/** Number of valid rows. */
		public int count;

		/** Entries of the top arrays per row. */
		public int topStride;

		/** The tokens, -1 where there is none. */
		public int[] token = new int[0];

		/** The status of each row. */
		public int[] status = new int[0];

		/** Logprobs, NaN where not asked for. */
		public float[] logprob = new float[0];

		/** Ranks from 1, 0 where not asked for. */
		public int[] rank = new int[0];

		/** {@code [row][topStride]} token ids, best first, -1 for an unused entry. */
		public int[] topToken = new int[0];

		/** {@code [row][topStride]} logprobs. */
		public float[] topLogprob = new float[0];

		/**
		 * Makes room; contents are undefined afterwards.
		 */
		public void reset(int count, int topStride) {
			this.count = count;
			this.topStride = topStride;
			if (this.token.length < count) {
				int capacity = Math.max(count, 2 * this.token.length);
				this.token = Arrays.copyOf(this.token, capacity);
				this.status = Arrays.copyOf(this.status, capacity);
				this.logprob = Arrays.copyOf(this.logprob, capacity);
				this.rank = Arrays.copyOf(this.rank, capacity);
			}
			if (this.topToken.length < count * topStride) {
				this.topToken = new int[count * topStride];
				this.topLogprob = new float[count * topStride];
			}
		}

	}

}
