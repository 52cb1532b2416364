package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.Timings;
import io.llmserving.api.Usage;
import io.llmserving.spi.EngineObserver.Outcome;
import io.llmserving.spi.FinishedRequest;
import io.llmserving.text.TokenBytes;

/**
 * A request as the engine sees it. Its logs lead to the subscriber's side, which is
 * {@link #stream}; all that is not final is for the engine's thread alone.
 */
final class Request {

	/**
	 * What one class of priority is worth in time: so much later arrives a request that
	 * goes first. Priorities age that way without being sorted again.
	 */
	private static final long CLASS_NANOS = 10_000_000_000L;

	/** Beyond it, priorities make no difference. */
	private static final int MOST_CLASSES = 1_000_000;

	final Admitted admitted;

	final long submitted;

	/** Lower goes first: when it arrived, moved by its priority. */
	final long rank;

	final TokenLog[] choices;

	final TokenLog prompt;

	final RequestStream stream;

	/** Why choices ended, null for those that did not end by themselves. */
	final @Nullable FinishReason[] reasons;

	final RequestListeners listeners;

	/** Sequences that have not ended. */
	int live;

	/** Whether a step that completes the prompt was planned, so that others may share. */
	boolean promptPlanned;

	boolean promptDone;

	boolean anyAtLimit;

	int cachedTokens;

	int generated;

	int preemptions;

	int replays;

	/** When the first step with a token of it was submitted, 0 before. */
	long startedAt;

	long firstTokenAt;

	Request(Admitted admitted, long now, TokenBytes bytes, String model,
			CoreSubscriber<? super GenerationEvent> subscriber, Inbox inbox, RequestListeners listeners) {
		this.admitted = admitted;
		this.submitted = now;
		this.rank = now + Math.clamp(admitted.priority(), -MOST_CLASSES, MOST_CLASSES) * CLASS_NANOS;
		this.choices = new TokenLog[admitted.sampling().n()];
		for (int i = 0; i < this.choices.length; i++) {
			this.choices[i] = new TokenLog(admitted.maxTokens(), admitted.sampling().logprobs());
		}
		this.prompt = new TokenLog(admitted.scored() ? admitted.prompt().length : 0,
				admitted.sampling().promptLogprobs());
		this.live = this.choices.length;
		this.reasons = new @Nullable FinishReason[this.choices.length];
		this.listeners = listeners;
		this.stream = new RequestStream(this, bytes, model, subscriber, inbox);
	}

	Usage usage() {
		return new Usage(this.admitted.prompt().length, this.generated, this.cachedTokens);
	}

	/** Makes the last event. */
	GenerationEvent.Completed completed(long now) {
		long first = (this.firstTokenAt == 0) ? 0 : this.firstTokenAt - this.submitted;
		return new GenerationEvent.Completed(usage(), new Timings(Duration.ofNanos(this.startedAt - this.submitted),
				Duration.ofNanos(first), Duration.ofNanos(now - this.submitted), this.preemptions));
	}

	/** Tells how it went, for observers. */
	FinishedRequest finished(Outcome outcome, long now, @Nullable Throwable error) {
		List<FinishReason> ended = new ArrayList<>();
		for (FinishReason reason : this.reasons) {
			if (reason != null) {
				ended.add(reason);
			}
		}
		long queuedUntil = (this.startedAt != 0) ? this.startedAt : now;
		boolean answered = this.firstTokenAt != 0;
		return new FinishedRequest(outcome, ended, Duration.ofNanos(queuedUntil - this.submitted),
				answered ? Duration.ofNanos(this.firstTokenAt - queuedUntil) : null,
				answered ? Duration.ofNanos(now - this.firstTokenAt) : null, Duration.ofNanos(now - this.submitted),
				this.admitted.prompt().length, this.cachedTokens, this.generated, this.choices.length,
				this.admitted.maxTokens(), this.preemptions, error);
	}

}
