package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds a request's stop strings in the bytes of its output, token by token. An
 * Aho-Corasick automaton whose transitions are resolved in advance, so that a byte costs
 * one look-up and nothing is allocated; the state is an int that its owner keeps, and the
 * matcher itself is immutable and may be shared.
 *
 * <p>
 * The stop that completes first wins, the first of the list among those that complete at
 * the same byte.
 */
public final class StopMatcher {

	/** The state before any output. */
	public static final int START = 0;

	/** Matches nothing. */
	public static final StopMatcher NONE = new StopMatcher(List.of());

	private final int[] lengths;

	/** Bytes that no stop contains share class 0. */
	private final byte[] classes = new byte[256];

	private final int classCount;

	/** The next state by {@code state * classCount + class}. */
	private final int[] transitions;

	/**
	 * By state: the bytes of its path, which is the longest suffix that may yet match.
	 */
	private final int[] depths;

	/** By state: the stop that completes there, or -1. */
	private final int[] matches;

	private StopMatcher(List<byte[]> stops) {
		this.lengths = stops.stream().mapToInt((stop) -> stop.length).toArray();
		this.classCount = assignClasses(stops);
		int limit = 1 + Arrays.stream(this.lengths).sum();
		this.transitions = new int[limit * this.classCount];
		this.depths = new int[limit];
		this.matches = new int[limit];
		Arrays.fill(this.transitions, -1);
		Arrays.fill(this.matches, -1);
		int states = 1;
		for (int stop = 0; stop < this.lengths.length; stop++) {
			int state = START;
			for (byte value : stops.get(stop)) {
				int edge = edge(state, value);
				if (this.transitions[edge] < 0) {
					this.depths[states] = this.depths[state] + 1;
					this.transitions[edge] = states++;
				}
				state = this.transitions[edge];
			}
			if (this.matches[state] < 0) {
				this.matches[state] = stop;
			}
		}
		resolve(states);
	}

	/**
	 * Creates a matcher.
	 * @param stops the stop strings, none of them empty; none at all is allowed
	 */
	public static StopMatcher of(List<String> stops) {
		if (stops.isEmpty()) {
			return NONE;
		}
		List<byte[]> bytes = new ArrayList<>(stops.size());
		for (String stop : stops) {
			if (stop.isEmpty()) {
				throw new IllegalArgumentException("A stop string must not be empty");
			}
			bytes.add(stop.getBytes(StandardCharsets.UTF_8));
		}
		return new StopMatcher(bytes);
	}

	private int assignClasses(List<byte[]> stops) {
		int count = 1;
		for (byte[] stop : stops) {
			for (byte value : stop) {
				if (this.classes[value & 0xFF] == 0) {
					this.classes[value & 0xFF] = (byte) count++;
				}
			}
		}
		return count;
	}

	private int edge(int state, byte value) {
		return state * this.classCount + (this.classes[value & 0xFF] & 0xFF);
	}

	/**
	 * Fills in, breadth first, what follows where no stop goes on: the transitions of the
	 * longest proper suffix that is a state.
	 */
	private void resolve(int states) {
		int[] suffixes = new int[states];
		int[] queue = new int[states];
		int end = 1;
		for (int head = 0; head < end; head++) {
			int state = queue[head];
			int suffix = suffixes[state];
			int own = this.matches[state];
			int inherited = this.matches[suffix];
			if (inherited >= 0 && (own < 0 || inherited < own)) {
				this.matches[state] = inherited;
			}
			for (int c = 0; c < this.classCount; c++) {
				int fallback = (state == START) ? START : this.transitions[suffix * this.classCount + c];
				int edge = state * this.classCount + c;
				if (this.transitions[edge] < 0) {
					this.transitions[edge] = fallback;
				}
				else {
					suffixes[this.transitions[edge]] = fallback;
					queue[end++] = this.transitions[edge];
				}
			}
		}
	}

	/**
	 * Moves over a token's bytes.
	 * @param state the state before them
	 * @return the state after them, or, below zero, a match: see {@link #stop(int)} and
	 * {@link #end(int)}
	 */
	public int advance(int state, byte[] bytes) {
		int current = state;
		for (int i = 0; i < bytes.length; i++) {
			current = this.transitions[edge(current, bytes[i])];
			if (this.matches[current] >= 0) {
				return -1 - (i * this.lengths.length + this.matches[current]);
			}
		}
		return current;
	}

	/**
	 * Moves over a token's bytes while stops do not count yet: what completes here is
	 * ignored, what begins here may complete later.
	 * @return the state after them
	 */
	public int pass(int state, byte[] bytes) {
		int current = state;
		for (byte value : bytes) {
			current = this.transitions[edge(current, value)];
		}
		return current;
	}

	/**
	 * Returns how many of the last bytes may be the beginning of a stop and must not be
	 * shown yet.
	 */
	public int heldBack(int state) {
		return this.depths[state];
	}

	/**
	 * Returns which stop matched, as an index into the list.
	 * @param match what {@link #advance} returned
	 */
	public int stop(int match) {
		return (-1 - match) % this.lengths.length;
	}

	/**
	 * Returns where the match ends, exclusive, counted from the token's first byte.
	 * @param match what {@link #advance} returned
	 */
	public int end(int match) {
		return (-1 - match) / this.lengths.length + 1;
	}

	/**
	 * Returns where the match begins, counted from the token's first byte: below zero if
	 * it began in earlier tokens.
	 * @param match what {@link #advance} returned
	 */
	public int begin(int match) {
		return end(match) - this.lengths[stop(match)];
	}

}
