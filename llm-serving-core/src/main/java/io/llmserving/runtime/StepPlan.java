package io.llmserving.runtime;

import java.util.Arrays;

/**
 * What one step computes. Reused from step to step: {@link #clear()}, then the lists in
 * any order. Its arrays grow as needed and are readable only up to their counts. Engine
 * thread only.
 */
public final class StepPlan {

	/** Keys of one attention chunk: the same number as in the native header. */
	public static final int ATTENTION_CHUNK = 128;

	/** Item mode: one sequence, all its visible chunks. */
	public static final int FLAT = 0;

	/** Item mode: some chunks of sequences whose blocks there are the same. */
	public static final int PARTIAL = 1;

	/** Kind of row output: hidden states of a query row. */
	public static final int HIDDEN = 0;

	/** Kind of row output: logits of a head row. */
	public static final int LOGITS = 1;

	private final Table tokens = new Table(4);

	private final Table sequences = new Table(6);

	private final Table items = new Table(6);

	private final Table itemSequences = new Table(1);

	private final Table blockOps = new Table(6);

	private final Table headRows = new Table(1);

	private final Table jobs = new Table(6);

	private final Table targets = new Table(4);

	private final Table outputs = new Table(2);

	private float[][] outputData = new float[0][];

	private int topStride;

	private boolean masked;

	public void clear() {
		this.tokens.clear();
		this.sequences.clear();
		this.items.clear();
		this.itemSequences.clear();
		this.blockOps.clear();
		this.headRows.clear();
		this.jobs.clear();
		this.targets.clear();
		this.outputs.clear();
		this.topStride = 0;
		this.masked = false;
	}

	/**
	 * Adds a query row with a known token.
	 * @return the row's index
	 */
	public int addToken(int id) {
		return this.tokens.add(id, -1, 0, 0, 0, 0);
	}

	/**
	 * Adds a query row whose token is what a job of an earlier step chooses.
	 * @return the row's index
	 */
	public int addToken(long ticket, int job) {
		return this.tokens.add(-1, job, (int) ticket, (int) (ticket >>> 32), 0, 0);
	}

	/**
	 * Declares consecutive query rows as those of one sequence.
	 * @param position position of the first of them
	 * @param tableRow row of the sequence in every group's block table
	 * @return the sequence's index in the plan
	 */
	public int addSequence(int firstRow, int rows, int position, int tableRow) {
		return this.sequences.add(firstRow, rows, position, tableRow, -1, 0);
	}

	/**
	 * Adds attention work over sequences that were added to the item list beforehand.
	 * @param first where the item's sequences start in that list
	 */
	public void addItem(int group, int mode, int firstChunk, int chunks, int first, int count) {
		this.items.add(group, mode, firstChunk, chunks, first, count);
	}

	/**
	 * Adds a sequence to the list that items refer to.
	 * @return its index in the list
	 */
	public int addItemSequence(int sequence) {
		return this.itemSequences.add(sequence, 0, 0, 0, 0, 0);
	}

	/**
	 * Copies the first tokens of a block before the forward pass.
	 */
	public void addCopy(int group, int source, int target, int count) {
		this.blockOps.add(0, 0, group, source, target, count);
	}

	/**
	 * Copies the first tokens of a block after the forward pass.
	 */
	public void addCopyAfter(int group, int source, int target, int count) {
		this.blockOps.add(0, 1, group, source, target, count);
	}

	/**
	 * Asks for the logits of a query row; rows ascend.
	 * @return the head row's index
	 */
	public int addHeadRow(int row) {
		return this.headRows.add(row, 0, 0, 0, 0, 0);
	}

	/**
	 * Asks for a token.
	 * @param headRow index of the head row
	 * @param position position of the token in the choice's output
	 * @param commit whether the token counts for the slot's penalties
	 * @param mask index of the job's mask, -1 for none
	 * @return the job's index
	 */
	public int addJob(int headRow, int slot, int choice, int position, boolean commit, int mask) {
		return this.jobs.add(headRow, slot, choice, position, commit ? 1 : 0, mask);
	}

	/**
	 * Asks for the logprob of a given token.
	 * @return the target's index
	 */
	public int addTarget(int headRow, int token, int top) {
		return this.targets.add(headRow, token, top, 0, 0, 0);
	}

	/**
	 * Asks for hidden states or logits of a row.
	 * @param data receives them when the step was awaited
	 */
	public void addOutput(int kind, int row, float[] data) {
		int index = this.outputs.add(kind, row, 0, 0, 0, 0);
		if (index >= this.outputData.length) {
			this.outputData = Arrays.copyOf(this.outputData, Math.max(4, index * 2));
		}
		this.outputData[index] = data;
	}

	public void topStride(int topStride) {
		this.topStride = topStride;
	}

	/** Most alternatives that any job or target of this step reports. */
	public int topStride() {
		return this.topStride;
	}

	public void masked(boolean masked) {
		this.masked = masked;
	}

	/** Whether the sampler waits for masks. */
	public boolean masked() {
		return this.masked;
	}

	/** Fields of a token: id, job, ticket's low and high half. */
	public Table tokens() {
		return this.tokens;
	}

	/** Fields of a sequence: first row, rows, position, table row, adapter, 0. */
	public Table sequences() {
		return this.sequences;
	}

	/** Fields of an item: group, mode, first chunk, chunks, first, count. */
	public Table items() {
		return this.items;
	}

	public Table itemSequences() {
		return this.itemSequences;
	}

	/** Fields of a block operation: kind, after, group, source, target, tokens. */
	public Table blockOps() {
		return this.blockOps;
	}

	public Table headRows() {
		return this.headRows;
	}

	/** Fields of a job: head row, slot, choice, position, commit, mask. */
	public Table jobs() {
		return this.jobs;
	}

	/** Fields of a target: head row, token, top, 0. */
	public Table targets() {
		return this.targets;
	}

	/** Fields of an output: kind, row. */
	public Table outputs() {
		return this.outputs;
	}

	public float[] outputData(int output) {
		return this.outputData[output];
	}

	/**
	 * Rows of ints in one array, laid out as the native struct of the same fields.
	 */
	public static final class Table {

		private final int width;

		private int[] values = new int[0];

		private int count;

		private Table(int width) {
			this.width = width;
		}

		private void clear() {
			this.count = 0;
		}

		private int add(int a, int b, int c, int d, int e, int f) {
			int start = this.count * this.width;
			if (start + this.width > this.values.length) {
				this.values = Arrays.copyOf(this.values, Math.max(16 * this.width, 2 * this.values.length));
			}
			this.values[start] = a;
			if (this.width > 1) {
				this.values[start + 1] = b;
			}
			if (this.width > 2) {
				this.values[start + 2] = c;
				this.values[start + 3] = d;
			}
			if (this.width > 4) {
				this.values[start + 4] = e;
				this.values[start + 5] = f;
			}
			return this.count++;
		}

		public int count() {
			return this.count;
		}

		public int width() {
			return this.width;
		}

		/** The rows one after another; only the first {@code count * width} are valid. */
		public int[] values() {
			return this.values;
		}

		public int get(int row, int field) {
			return this.values[row * this.width + field];
		}

	}

}
