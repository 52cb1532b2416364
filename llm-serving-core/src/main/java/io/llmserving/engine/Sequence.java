package io.llmserving.engine;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import io.llmserving.cache.BlockHasher;
import io.llmserving.cache.BlockKeys;
import io.llmserving.decoding.StopRules;

/**
 * One choice of a request as the scheduler sees it. Engine thread only.
 *
 * <pre>
 *   tokens  [ prompt | output, known    | sampled by steps in flight ]
 *           ^0       ^promptLength      ^length              ^length + samples
 *   cache   [ computed     | in flight, planned   | pending          ]
 *           ^0             ^computed              ^planned
 * </pre>
 */
final class Sequence {

	/** Tokens that there is room for beyond the prompt at first. */
	private static final int ROOM = 1024;

	final Request request;

	final int choice;

	/** The sequence whose prompt this one waits to share. */
	final @Nullable Sequence leader;

	final BlockKeys keys;

	final int promptLength;

	final StopRules.Progress stops;

	int[] tokens;

	/** Tokens that are known. */
	int length;

	/** Tokens that steps in flight sample. */
	int samples;

	/** The step and job that sample the last of them. */
	@Nullable Flight sampler;

	int samplerJob;

	/** Tokens whose keys and values are in the cache. */
	int computed;

	/** As computed, once the steps in flight are done. */
	int planned;

	/** Table row and sampler slot, -1 while it waits. */
	int row = -1;

	/** Grows when what is in flight becomes stale. */
	int epoch;

	/** Number of the last step that reads its row. */
	long fence;

	/** Number of the step being planned, if it has a part in it. */
	long inStep;

	/** Prompt tokens that have their logprobs, the first included, which has none. */
	int scored = 1;

	/** Runs alone until it has this many tokens in the cache, 0 for no suspicion. */
	int suspectUntil;

	/** How often others went first that arrived later. */
	int bypassed;

	boolean entered;

	boolean finished;

	long lastTokenAt;

	Sequence(Request request, int choice, @Nullable Sequence leader) {
		this.request = request;
		this.choice = choice;
		this.leader = leader;
		this.promptLength = request.admitted.prompt().length;
		this.length = this.promptLength;
		int room = this.promptLength + Math.min(request.admitted.maxTokens(), ROOM);
		this.tokens = Arrays.copyOf(request.admitted.prompt(), room);
		this.keys = request.admitted.keys().copy();
		this.keys.reserve(room);
		this.stops = request.admitted.stops().start();
	}

	int generated() {
		return this.length - this.promptLength;
	}

	/** Tokens that can be computed now, those that steps in flight sample included. */
	int pending() {
		int last = this.promptLength + Math.max(0, this.request.admitted.maxTokens() - 1);
		return Math.min(this.length + this.samples, last) - this.planned;
	}

	/** Whether a step that computes so many more tokens samples the next one. */
	boolean samplesAfter(int count) {
		return this.planned + count == this.length + this.samples
				&& generated() + this.samples < this.request.admitted.maxTokens();
	}

	/** Whether it waits for the prompt of its leader. */
	boolean held() {
		Sequence first = this.leader;
		return first != null && !first.finished && !this.request.promptPlanned;
	}

	void append(int token, BlockHasher hasher) {
		if (this.length == this.tokens.length) {
			this.tokens = Arrays.copyOf(this.tokens, this.length + this.length / 2 + 16);
		}
		this.tokens[this.length++] = token;
		this.keys.extend(hasher, this.tokens, this.length);
	}

	/** Makes it start anew; what is in flight of it is stale. */
	void forget() {
		this.epoch++;
		this.computed = 0;
		this.planned = 0;
		this.samples = 0;
		this.sampler = null;
	}

	/** Lower goes first: the request's rank, then the choice. */
	boolean before(Sequence other) {
		long difference = this.request.rank - other.request.rank;
		return (difference != 0) ? difference < 0 : this.choice < other.choice;
	}

}
