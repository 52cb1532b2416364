package io.llmserving.engine;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.TokenInfo;
import io.llmserving.cache.BlockKeys;

/**
 * One choice of a request as the scheduler sees it: tokens, and how many of them have
 * their keys and values in the cache. Engine thread only.
 */
final class Sequence {

	final RequestStream stream;

	final int choice;

	/** The sequence whose prompt blocks this one waits to share. */
	final @Nullable Sequence leader;

	final BlockKeys keys;

	final int promptLength;

	final TokenInfo @Nullable [] scored;

	int[] tokens;

	int length;

	int computed;

	int row = -1;

	int scoredUpTo = 1;

	boolean finished;

	boolean suspect;

	/* What the step being run computes of it. */
	int stepTokens;

	int job;

	int firstTarget;

	int targets;

	Sequence(RequestStream stream, int choice, @Nullable Sequence leader, BlockKeys keys) {
		this.stream = stream;
		this.choice = choice;
		this.leader = leader;
		this.keys = keys;
		this.tokens = stream.request.prompt().clone();
		this.length = this.tokens.length;
		this.promptLength = this.length;
		boolean scores = choice == 0 && stream.request.sampling().promptLogprobs() != null;
		this.scored = scores ? new TokenInfo[this.length] : null;
		keys.extend(this.tokens, this.length);
	}

	int generated() {
		return this.length - this.promptLength;
	}

	int pending() {
		return this.length - this.computed;
	}

	boolean held() {
		Sequence first = this.leader;
		return first != null && !first.finished && first.computed < first.promptLength;
	}

	void append(int token) {
		if (this.length == this.tokens.length) {
			this.tokens = Arrays.copyOf(this.tokens, this.length + Math.max(16, this.length / 2));
		}
		this.tokens[this.length++] = token;
		this.keys.extend(this.tokens, this.length);
	}

	/** Lower goes first: priority, then arrival. */
	boolean before(Sequence other) {
		int mine = this.stream.request.priority();
		int others = other.stream.request.priority();
		return (mine != others) ? mine < others : this.stream.submitted - other.stream.submitted < 0;
	}

}
