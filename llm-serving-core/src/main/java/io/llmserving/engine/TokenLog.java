package io.llmserving.engine;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.FinishReason;
import io.llmserving.runtime.StepResult;

/**
 * The tokens of one choice, or of a prompt, on their way from the engine's thread, which
 * appends, to one reader. Primitive arrays that grow up to the choice's token limit, so
 * that a token costs the engine's thread no allocation.
 *
 * <pre>
 *   ids       [t0][t1][t2]…          ~id where the token adds no text
 *   logprobs  [p0][p1][p2]…          only if asked for, as all below
 *   tops      [k of t0][k of t1]…    best first, -1 for an unused entry
 *              ^read     ^written
 * </pre>
 */
final class TokenLog {

	/** Why and how a choice ended. */
	record End(FinishReason reason, @Nullable String stopSequence, @Nullable Integer stopToken) {
	}

	/** Arrays of one capacity; replaced as a whole by larger ones. */
	static final class Data {

		final int[] ids;

		final float[] logprobs;

		final int[] ranks;

		final int[] topIds;

		final float[] topLogprobs;

		private Data(int capacity, int top) {
			int scored = (top >= 0) ? capacity : 0;
			this.ids = new int[capacity];
			this.logprobs = new float[scored];
			this.ranks = new int[scored];
			this.topIds = new int[scored * Math.max(0, top)];
			this.topLogprobs = new float[this.topIds.length];
		}

		private Data(Data from, int capacity, int top) {
			int scored = (top >= 0) ? capacity : 0;
			this.ids = Arrays.copyOf(from.ids, capacity);
			this.logprobs = Arrays.copyOf(from.logprobs, scored);
			this.ranks = Arrays.copyOf(from.ranks, scored);
			this.topIds = Arrays.copyOf(from.topIds, scored * Math.max(0, top));
			this.topLogprobs = Arrays.copyOf(from.topLogprobs, this.topIds.length);
		}

	}

	private static final int FIRST_CAPACITY = 256;

	private final int limit;

	private final int top;

	private volatile Data data;

	/** Publishes what lies below it. */
	private volatile int written;

	private volatile @Nullable End end;

	/**
	 * @param limit most tokens
	 * @param top alternatives kept per token, null for no logprobs at all
	 */
	TokenLog(int limit, @Nullable Integer top) {
		this.limit = limit;
		this.top = (top != null) ? top : -1;
		this.data = new Data(Math.clamp(limit, 1, FIRST_CAPACITY), this.top);
	}

	/** Appends a token that nothing is known of but its id. */
	void append(int id) {
		int at = this.written;
		room(at).ids[at] = id;
		this.written = at + 1;
	}

	/**
	 * Appends a token of a step's result.
	 * @param silent whether it adds no text
	 */
	void append(int id, boolean silent, StepResult.Rows rows, int row) {
		int at = this.written;
		Data to = room(at);
		to.ids[at] = silent ? ~id : id;
		if (this.top >= 0) {
			to.logprobs[at] = rows.logprob[row];
			to.ranks[at] = rows.rank[row];
			for (int i = 0; i < this.top; i++) {
				boolean there = i < rows.topStride;
				to.topIds[at * this.top + i] = there ? rows.topToken[row * rows.topStride + i] : -1;
				to.topLogprobs[at * this.top + i] = there ? rows.topLogprob[row * rows.topStride + i] : 0;
			}
		}
		this.written = at + 1;
	}

	private Data room(int at) {
		Data current = this.data;
		if (at == current.ids.length) {
			current = new Data(current, Math.clamp(2L * at, 1, Math.max(at + 1, this.limit)), this.top);
			this.data = current;
		}
		return current;
	}

	void finish(End how) {
		this.end = how;
	}

	/** Returns how the choice ended, null if it goes on; to be read before the rest. */
	@Nullable End end() {
		return this.end;
	}

	int written() {
		return this.written;
	}

	/** Returns arrays that hold at least what was written when this was called. */
	Data data() {
		return this.data;
	}

	/** Alternatives per token, -1 for no logprobs at all. */
	int top() {
		return this.top;
	}

}
