package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

import io.llmserving.api.GenerationEvent;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.TokenInfo;
import io.llmserving.spi.SignalExecutor;
import io.llmserving.text.TokenBytes;

/**
 * The subscriber's side of a request. The engine's thread writes logs and wakes it;
 * events are made of what is there when the subscriber wants them, on its
 * {@link SignalExecutor}, else on a thread of {@link Delivery}, or on the one that asks
 * for more, never on the engine's.
 */
final class RequestStream implements Subscription {

	private static final Logger logger = LoggerFactory.getLogger(RequestStream.class);

	private final Request request;

	private final TokenBytes bytes;

	private final String model;

	private final CoreSubscriber<? super GenerationEvent> subscriber;

	private final Inbox inbox;

	private final ChoiceReader[] readers;

	/** Where the subscriber wants its signals, null for a thread of ours. */
	private final @Nullable Lane lane;

	private final Runnable drain = this::drain;

	private final AtomicLong requested = new AtomicLong();

	private final AtomicInteger work = new AtomicInteger();

	private final AtomicBoolean ended = new AtomicBoolean();

	/** Cached prompt tokens, below zero until the prompt is computed. */
	private volatile int started = -1;

	private volatile @Nullable Throwable failure;

	private volatile GenerationEvent.@Nullable Completed completed;

	/** When the subscriber was first seen asking for nothing, 0 while it asks. */
	private volatile long unreadSince;

	private boolean startedTold;

	/** The next one in the lane's list, while this is in it. */
	@Nullable RequestStream previous;

	RequestStream(Request request, TokenBytes bytes, String model, CoreSubscriber<? super GenerationEvent> subscriber,
			Inbox inbox) {
		this.request = request;
		this.bytes = bytes;
		this.model = model;
		this.subscriber = subscriber;
		this.inbox = inbox;
		Executor executor = SignalExecutor.in(subscriber.currentContext());
		this.lane = (executor != null) ? Lane.of(executor) : null;
		Admitted admitted = request.admitted;
		this.readers = new ChoiceReader[request.choices.length];
		for (int i = 0; i < this.readers.length; i++) {
			this.readers[i] = new ChoiceReader(i, request.choices[i], admitted.sampling(), admitted.stops(), bytes);
		}
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n)) {
			this.requested.accumulateAndGet(n, Operators::addCap);
			this.unreadSince = 0;
			if (this.work.getAndIncrement() == 0) {
				drain();
			}
		}
	}

	@Override
	public void cancel() {
		if (this.ended.compareAndSet(false, true)) {
			this.inbox.abort(this.request);
			this.inbox.closed();
		}
	}

	/** Whether the subscriber cancelled or has its last signal. */
	boolean ended() {
		return this.ended.get();
	}

	/** Whether the subscriber left what there is unread for longer than allowed. */
	boolean slow(long now, long patienceNanos) {
		if (this.requested.get() > 0 || !unread()) {
			this.unreadSince = 0;
			return false;
		}
		long since = this.unreadSince;
		if (since == 0) {
			this.unreadSince = now;
		}
		return since != 0 && now - since > patienceNanos;
	}

	private boolean unread() {
		if (this.completed != null) {
			return true;
		}
		for (ChoiceReader reader : this.readers) {
			if (reader.pending()) {
				return true;
			}
		}
		return false;
	}

	/** Tells that the prompt is computed. */
	void start(int cachedTokens) {
		this.started = cachedTokens;
	}

	/** Tells that nothing follows; the subscriber sees it when it is woken. */
	void complete(GenerationEvent.Completed last) {
		this.completed = last;
	}

	/** Ends the stream with an error, whatever is unread; the first one counts. */
	void fail(Throwable error) {
		if (this.failure == null) {
			this.failure = error;
		}
		wake();
	}

	/** Lets the subscriber see what was written. Any thread. */
	private void wake() {
		if (claim()) {
			Lane on = this.lane;
			if (on == null) {
				deliver();
			}
			else if (on.push(this)) {
				on.signal();
			}
		}
	}

	/**
	 * Returns whether the caller has to see to it that this is drained soon: there is
	 * something to tell and nobody else who does. Any thread.
	 */
	boolean claim() {
		return !this.ended.get() && this.work.getAndIncrement() == 0;
	}

	/** Where the subscriber wants its signals, null for a thread of ours. */
	@Nullable Lane lane() {
		return this.lane;
	}

	/** Has this drained by a thread of ours, once {@link #claim() claimed}. */
	void deliver() {
		Delivery.shared().deliver(this.drain);
	}

	/** Tells the subscriber what there is; by whoever {@link #claim() claimed} it. */
	void drain() {
		try {
			int missed = this.work.get();
			while (missed != 0) {
				emit();
				missed = this.work.addAndGet(-missed);
			}
		}
		catch (RuntimeException | Error ex) {
			// Against the rules of Reactive Streams; the thread serves others, too.
			logger.error("A subscriber of model {} threw an exception; its request is cancelled", this.model, ex);
			cancel();
		}
	}

	private void emit() {
		while (!this.ended.get()) {
			Throwable error = this.failure;
			if (error != null) {
				if (this.ended.compareAndSet(false, true)) {
					this.subscriber.onError(error);
					this.inbox.closed();
				}
				return;
			}
			GenerationEvent event = (this.requested.get() > 0) ? next() : null;
			if (event == null) {
				return;
			}
			this.requested.updateAndGet((n) -> (n == Long.MAX_VALUE) ? n : n - 1);
			this.subscriber.onNext(event);
			if (event instanceof GenerationEvent.Completed && this.ended.compareAndSet(false, true)) {
				this.subscriber.onComplete();
				this.inbox.closed();
			}
		}
	}

	private @Nullable GenerationEvent next() {
		int cached = this.started;
		if (cached < 0) {
			return null;
		}
		if (!this.startedTold) {
			this.startedTold = true;
			return new GenerationEvent.Started(this.request.admitted.id(), this.model, this.request.admitted.prompt(),
					cached, promptLogprobs());
		}
		GenerationEvent.Completed last = this.completed;
		boolean all = true;
		for (ChoiceReader reader : this.readers) {
			GenerationEvent event = reader.next();
			if (event != null) {
				return event;
			}
			all &= reader.done();
		}
		return all ? last : null;
	}

	private @Nullable PromptLogprobs promptLogprobs() {
		if (!this.request.admitted.scored()) {
			return null;
		}
		int count = this.request.prompt.written();
		int first = this.request.admitted.prompt()[0];
		List<TokenInfo> tokens = new ArrayList<>(count + 1);
		tokens.add(new TokenInfo(first, this.bytes.bytes(first), Float.NaN, 0, List.of()));
		for (int i = 0; i < count; i++) {
			tokens.add(ChoiceReader.token(this.request.prompt, i, this.bytes));
		}
		return new PromptLogprobs(tokens);
	}

}
