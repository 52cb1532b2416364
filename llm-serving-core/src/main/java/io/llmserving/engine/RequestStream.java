package io.llmserving.engine;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import io.llmserving.api.GenerationEvent;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.Timings;
import io.llmserving.api.Usage;

/**
 * One request's way to its subscriber. The engine's thread writes and schedules a drain;
 * events are made from what is there when the subscriber wants them, on a thread of a
 * Reactor scheduler.
 */
final class RequestStream implements Subscription {

	final Admitted request;

	final long submitted = System.nanoTime();

	final ChoiceOutput[] choices;

	private final String model;

	private final CoreSubscriber<? super GenerationEvent> subscriber;

	private final Consumer<RequestStream> cancelled;

	private final Scheduler.Worker worker = Schedulers.boundedElastic().createWorker();

	private final AtomicLong requested = new AtomicLong();

	private final AtomicInteger work = new AtomicInteger();

	private volatile boolean ended;

	private volatile boolean promptDone;

	private volatile @Nullable Throwable failure;

	private volatile GenerationEvent.@Nullable Completed completed;

	private volatile long noDemandSince;

	private boolean started;

	private @Nullable PromptLogprobs promptLogprobs;

	/* Engine thread only. */
	int live;

	int cachedTokens;

	int generated;

	int preemptions;

	int replays;

	long queuedNanos;

	long firstTokenNanos;

	long lastTokenNanos;

	RequestStream(String model, Admitted request, CoreSubscriber<? super GenerationEvent> subscriber,
			Consumer<RequestStream> cancelled) {
		this.model = model;
		this.request = request;
		this.subscriber = subscriber;
		this.cancelled = cancelled;
		this.choices = new ChoiceOutput[request.sampling().n()];
		for (int i = 0; i < this.choices.length; i++) {
			this.choices[i] = new ChoiceOutput(i, request.sampling().stop(), request.sampling().includeStop());
		}
		this.live = this.choices.length;
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n)) {
			this.requested.accumulateAndGet(n, Operators::addCap);
			this.noDemandSince = 0;
			wake();
		}
	}

	@Override
	public void cancel() {
		if (!this.ended) {
			this.ended = true;
			this.cancelled.accept(this);
			this.worker.dispose();
		}
	}

	boolean ended() {
		return this.ended;
	}

	/** Whether the subscriber left what there is unread for longer than allowed. */
	boolean slow(long now, Duration patience) {
		if (this.ended || this.requested.get() > 0 || !unread()) {
			this.noDemandSince = 0;
			return false;
		}
		long since = this.noDemandSince;
		if (since == 0) {
			this.noDemandSince = now;
			return false;
		}
		return now - since > patience.toNanos();
	}

	private boolean unread() {
		for (ChoiceOutput choice : this.choices) {
			if (choice.pending()) {
				return true;
			}
		}
		return this.promptDone && this.completed != null;
	}

	void promptDone(@Nullable PromptLogprobs logprobs) {
		this.promptLogprobs = logprobs;
		this.promptDone = true;
	}

	boolean promptIsDone() {
		return this.promptDone;
	}

	Usage usage() {
		return new Usage(this.request.prompt().length, this.generated, this.cachedTokens);
	}

	void complete(long now) {
		long first = (this.firstTokenNanos == 0) ? 0 : this.firstTokenNanos - this.submitted;
		this.completed = new GenerationEvent.Completed(usage(), new Timings(Duration.ofNanos(this.queuedNanos),
				Duration.ofNanos(first), Duration.ofNanos(now - this.submitted), this.preemptions));
	}

	void fail(Throwable error) {
		this.failure = error;
		wake();
	}

	/** Lets the reader see what was written. Any thread. */
	void wake() {
		if (!this.ended && this.work.getAndIncrement() == 0) {
			try {
				this.worker.schedule(this::drain);
			}
			catch (RejectedExecutionException ex) {
				cancel();
			}
		}
	}

	private void drain() {
		int missed = this.work.get();
		while (missed != 0) {
			emit();
			missed = this.work.addAndGet(-missed);
		}
	}

	private void emit() {
		while (!this.ended) {
			Throwable error = this.failure;
			if (error != null) {
				end(() -> this.subscriber.onError(error));
				return;
			}
			if (this.requested.get() == 0) {
				return;
			}
			GenerationEvent event = next();
			if (event == null) {
				return;
			}
			this.requested.updateAndGet((n) -> (n == Long.MAX_VALUE) ? n : n - 1);
			this.subscriber.onNext(event);
			if (event instanceof GenerationEvent.Completed) {
				end(this.subscriber::onComplete);
			}
		}
	}

	private void end(Runnable signal) {
		if (!this.ended) {
			this.ended = true;
			signal.run();
			this.worker.dispose();
		}
	}

	private @Nullable GenerationEvent next() {
		if (!this.promptDone) {
			return null;
		}
		if (!this.started) {
			this.started = true;
			return new GenerationEvent.Started(this.request.id(), this.model, this.request.prompt(), this.cachedTokens,
					this.promptLogprobs);
		}
		GenerationEvent.Completed last = this.completed;
		boolean all = true;
		for (ChoiceOutput choice : this.choices) {
			GenerationEvent event = choice.next();
			if (event != null) {
				return event;
			}
			all &= choice.done();
		}
		return all ? last : null;
	}

}
