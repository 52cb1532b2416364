package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.FinishReason;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.SlowConsumerException;
import io.llmserving.engine.Counters.Kind;
import io.llmserving.spi.EngineObserver.Outcome;
import io.llmserving.spi.FinishedRequest;

/**
 * The requests of an engine from their arrival to their end, of which there is exactly
 * one. Engine thread only.
 */
final class Requests {

	private final EngineSettings settings;

	private final Inbox inbox;

	private final Counters counters;

	private final Observers observers;

	/** Requests whose subscribers have not had their last signal. */
	private final List<Request> open = new ArrayList<>();

	private final List<Sequence> sequences = new ArrayList<>();

	private @Nullable Scheduler scheduler;

	Requests(EngineSettings settings, Inbox inbox, Counters counters, Observers observers) {
		this.settings = settings;
		this.inbox = inbox;
		this.counters = counters;
		this.observers = observers;
	}

	/** Puts all sequences into a scheduler's queue, or nowhere while there is none. */
	void schedule(@Nullable Scheduler next) {
		this.scheduler = next;
		for (int i = 0; next != null && i < this.sequences.size(); i++) {
			next.enqueue(this.sequences.get(i));
		}
	}

	/** Sequences that have not ended, those in the queue included. */
	List<Sequence> sequences() {
		return this.sequences;
	}

	/** Whether nobody waits for anything. */
	boolean none() {
		return this.open.isEmpty();
	}

	/** Takes in what other threads left. */
	void receive() {
		for (Request request = this.inbox.nextRequest(); request != null; request = this.inbox.nextRequest()) {
			this.observers.submitted(request.admitted.prompt().length);
			this.open.add(request);
			Sequence leader = null;
			for (int choice = 0; choice < request.choices.length; choice++) {
				Sequence sequence = new Sequence(request, choice, leader);
				leader = (leader == null) ? sequence : leader;
				this.sequences.add(sequence);
				if (this.scheduler != null) {
					this.scheduler.enqueue(sequence);
				}
			}
		}
		for (Request request = this.inbox.nextAbort(); request != null; request = this.inbox.nextAbort()) {
			cancel(request);
		}
	}

	/** Ends requests whose deadline passed or whose subscribers don't read. */
	void expire(long now) {
		for (int i = this.open.size() - 1; i >= 0; i--) {
			Request request = this.open.get(i);
			if (request.stream.ended()) {
				cancel(request);
				this.open.remove(i);
			}
			else if (request.live > 0 && now - request.admitted.deadlineNanos() > 0) {
				fail(request, new DeadlineExceededException("The request's deadline passed"), Outcome.DEADLINE, now);
			}
			else if (request.live > 0 && request.firstTokenAt == 0 && now - request.admitted.firstTokenNanos() > 0) {
				fail(request, new DeadlineExceededException("The deadline of the request's first token passed"),
						Outcome.DEADLINE, now);
			}
			else if (request.stream.slow(now, this.settings.slowReaderTimeout().toNanos())) {
				fail(request,
						new SlowConsumerException(
								"The subscriber asked for nothing for %s".formatted(this.settings.slowReaderTimeout())),
						Outcome.FAILED, now);
			}
		}
	}

	private void cancel(Request request) {
		if (drop(request)) {
			this.counters.add(Kind.CANCELLED, 1);
			ended(request, Outcome.CANCELLED, System.nanoTime(), null);
		}
	}

	/** Ends a sequence that has all its tokens. */
	void finish(Sequence sequence, TokenLog.End end, long now) {
		Request request = sequence.request;
		request.choices[sequence.choice].finish(end);
		request.reasons[sequence.choice] = end.reason();
		request.anyAtLimit |= end.reason() == FinishReason.LENGTH;
		remove(sequence);
		if (request.live == 0) {
			this.counters.add(Kind.FINISHED, 1);
			ended(request, request.anyAtLimit ? Outcome.LENGTH : Outcome.STOP, now, null);
			request.stream.complete(request.completed(now));
		}
	}

	/** Ends a request with an error. */
	void fail(Request request, LlmServingException error, Outcome outcome, long now) {
		error.partialUsage(request.usage());
		if (drop(request)) {
			this.counters.add(Kind.FAILED, 1);
			ended(request, outcome, now, error);
		}
		request.stream.fail(error);
	}

	void failAll(Supplier<? extends LlmServingException> error) {
		for (Request request : List.copyOf(this.open)) {
			fail(request, error.get(), Outcome.FAILED, System.nanoTime());
		}
	}

	private void ended(Request request, Outcome outcome, long now, @Nullable Throwable error) {
		if (!this.observers.none() || !request.listeners.none()) {
			FinishedRequest finished = request.finished(outcome, now, error);
			this.observers.finished(finished);
			request.listeners.finished(finished);
		}
	}

	/** Takes out what is left of a request; returns whether there was anything. */
	private boolean drop(Request request) {
		boolean any = false;
		for (int i = this.sequences.size() - 1; request.live > 0 && i >= 0; i--) {
			if (this.sequences.get(i).request == request) {
				remove(this.sequences.get(i));
				any = true;
			}
		}
		return any;
	}

	private void remove(Sequence sequence) {
		sequence.finished = true;
		sequence.epoch++;
		if (this.scheduler != null) {
			this.scheduler.leave(sequence);
		}
		this.sequences.remove(sequence);
		this.inbox.left(sequence);
		sequence.request.live--;
	}

}
