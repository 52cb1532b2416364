package io.llmserving.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;

/**
 * Runs sequences through a program in steps of any composition and keeps the logits of
 * every position. Blocks behind a window go back to the pool at once, so that a step that
 * reads them reads another sequence's keys.
 */
public final class StepDriver implements AutoCloseable {

	/** Tokens of a block. */
	public static final int BLOCK = 16;

	private final StepRunner runner;

	private final int[] windows;

	private final int vocabulary;

	private final StepPlan plan = new StepPlan();

	private final StepResult result = new StepResult();

	private final Deque<Integer> freeRows = new ArrayDeque<>();

	private final Deque<Integer> freeBlocks = new ArrayDeque<>();

	private final int[] holders;

	private final List<int[]> copies = new ArrayList<>();

	private int sharedBlocks;

	/**
	 * Creates a driver with a cache of its own.
	 * @param sequences most sequences at a time
	 * @param positions most tokens of a sequence
	 * @param tokens most tokens of a step
	 */
	public StepDriver(CompiledProgram program, int sequences, int positions, int tokens) {
		this.windows = program.spec().windows();
		this.vocabulary = program.spec().vocabulary();
		int columns = (positions + BLOCK - 1) / BLOCK;
		int blocks = sequences * columns * this.windows.length;
		this.runner = program.runner(new StepLimits(tokens, sequences, tokens, 1, blocks, BLOCK, columns,
				this.windows.length, 1, this.vocabulary, 0));
		this.holders = new int[blocks];
		IntStream.range(0, blocks).forEach(this.freeBlocks::add);
		IntStream.range(0, sequences).forEach(this.freeRows::add);
	}

	/**
	 * A sequence and what is computed of it.
	 */
	public static final class Sequence {

		private final int[] tokens;

		private final float[][] logits;

		private int row;

		private int computed;

		private Sequence(int[] tokens, int row) {
			this.tokens = tokens;
			this.logits = new float[tokens.length][];
			this.row = row;
		}

		/**
		 * Returns the logits by position, null where this sequence did not compute.
		 * Whoever is done with some of them may set them to null.
		 */
		public float[][] logits() {
			return this.logits;
		}

		/** Returns the number of tokens that are computed. */
		public int computed() {
			return this.computed;
		}

		/** Returns the number of tokens that are still to be computed. */
		public int remaining() {
			return this.tokens.length - this.computed;
		}

	}

	/**
	 * What a step computes of a sequence.
	 */
	public record Piece(Sequence sequence, int tokens) {
	}

	public Sequence start(int[] tokens) {
		return new Sequence(tokens, this.freeRows.remove());
	}

	/**
	 * Starts a sequence behind the first positions of another that has computed just
	 * these: whole blocks are shared, what is left is copied before the next step.
	 */
	public Sequence startBehind(Sequence parent, int[] tokens) {
		Sequence sequence = start(tokens);
		sequence.computed = parent.computed;
		int whole = parent.computed / BLOCK;
		BlockTables tables = this.runner.tables();
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = 0; column < whole; column++) {
				int block = tables.get(group, parent.row, column);
				tables.set(group, sequence.row, column, block);
				if (block != BlockTables.NONE) {
					this.holders[block]++;
					this.sharedBlocks++;
				}
			}
			if (parent.computed % BLOCK != 0) {
				int target = allocate(group, sequence.row, whole);
				this.copies
					.add(new int[] { group, tables.get(group, parent.row, whole), target, parent.computed % BLOCK });
			}
		}
		return sequence;
	}

	/** Returns how many blocks were shared so far. */
	public int sharedBlocks() {
		return this.sharedBlocks;
	}

	/**
	 * Takes a sequence's blocks away; it starts anew.
	 */
	public void preempt(Sequence sequence) {
		finish(sequence);
		sequence.computed = 0;
		sequence.row = this.freeRows.remove();
	}

	/**
	 * Gives a sequence's blocks back.
	 */
	public void finish(Sequence sequence) {
		for (int group = 0; group < this.windows.length; group++) {
			for (int column = 0; column < this.runner.tables().columns(); column++) {
				release(group, sequence.row, column);
			}
		}
		this.freeRows.add(sequence.row);
	}

	/**
	 * Computes the pieces in one step.
	 */
	public void step(AttentionItems attention, List<Piece> pieces) {
		this.plan.clear();
		for (int[] copy : this.copies) {
			this.plan.addCopy(copy[0], copy[1], copy[2], copy[3]);
		}
		this.copies.clear();
		int first = 0;
		for (Piece piece : pieces) {
			add(piece, first);
			first += piece.tokens;
		}
		attention.plan(this.plan, this.windows, this.runner.tables());
		this.runner.await(this.runner.submit(this.plan), this.result);
		for (Piece piece : pieces) {
			piece.sequence.computed += piece.tokens;
			recycle(piece.sequence);
		}
	}

	/**
	 * Computes the rest of a sequence alone, some tokens a step.
	 */
	public void run(AttentionItems attention, Sequence sequence, int chunk) {
		while (sequence.remaining() > 0) {
			step(attention, List.of(new Piece(sequence, Math.min(chunk, sequence.remaining()))));
		}
	}

	/**
	 * Computes the rest of sequences: each step some of them, in any order, with pieces
	 * of one token to a block and one, and attention divided in any way.
	 */
	public void runTogether(List<Sequence> sequences, Random random) {
		List<Sequence> left = new ArrayList<>(sequences);
		while (!left.isEmpty()) {
			Collections.shuffle(left, random);
			int longest = (random.nextInt(3) == 0) ? 1 : BLOCK + 1;
			List<Piece> pieces = new ArrayList<>();
			for (Sequence sequence : left.subList(0, random.nextInt(1, left.size() + 1))) {
				int most = Math.min(longest, sequence.remaining());
				pieces.add(new Piece(sequence, random.nextInt(1, most + 1)));
			}
			AttentionItems[] ways = AttentionItems.values();
			step(ways[random.nextInt(ways.length)], pieces);
			left.removeIf((sequence) -> sequence.remaining() == 0);
		}
	}

	private void add(Piece piece, int first) {
		Sequence sequence = piece.sequence;
		for (int i = 0; i < piece.tokens; i++) {
			int position = sequence.computed + i;
			int row = this.plan.addToken(sequence.tokens[position]);
			sequence.logits[position] = new float[this.vocabulary];
			this.plan.addOutput(StepPlan.LOGITS, this.plan.addHeadRow(row), sequence.logits[position]);
			for (int group = 0; group < this.windows.length; group++) {
				if (this.runner.tables().get(group, sequence.row, position / BLOCK) == BlockTables.NONE) {
					allocate(group, sequence.row, position / BLOCK);
				}
			}
		}
		this.plan.addSequence(first, piece.tokens, sequence.computed, sequence.row);
	}

	private int allocate(int group, int row, int column) {
		int block = this.freeBlocks.remove();
		this.holders[block] = 1;
		this.runner.tables().set(group, row, column, block);
		return block;
	}

	private void release(int group, int row, int column) {
		int block = this.runner.tables().get(group, row, column);
		if (block == BlockTables.NONE) {
			return;
		}
		this.runner.tables().set(group, row, column, BlockTables.NONE);
		if (--this.holders[block] == 0) {
			this.freeBlocks.addFirst(block);
		}
	}

	private void recycle(Sequence sequence) {
		for (int group = 0; group < this.windows.length; group++) {
			int window = this.windows[group];
			int visible = (window == 0) ? 0 : Math.max(0, sequence.computed - window + 1);
			for (int column = 0; column < visible / BLOCK; column++) {
				release(group, sequence.row, column);
			}
		}
	}

	@Override
	public void close() {
		this.runner.close();
	}

}
