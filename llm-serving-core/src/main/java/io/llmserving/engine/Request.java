package io.llmserving.engine;

import java.time.Duration;

import reactor.core.CoreSubscriber;

import io.llmserving.api.GenerationEvent;
import io.llmserving.api.Timings;
import io.llmserving.api.Usage;
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

	long startedAt;

	long firstTokenAt;

	Request(Admitted admitted, long now, TokenBytes bytes, String model,
			CoreSubscriber<? super GenerationEvent> subscriber, Inbox inbox) {
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

}
