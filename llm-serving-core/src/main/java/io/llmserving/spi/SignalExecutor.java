package io.llmserving.spi;

import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Where a subscriber of {@code LlmEngine.generate} wants its signals, told in its Reactor
 * context: {@code flux.contextWrite(SignalExecutor.of(eventLoop)::put)}. All streams of
 * one executor are served by one task per step, without a thread between the engine and
 * it. What runs there must not block: it would hold up the other streams of that
 * executor. Without one, threads of our own carry the signals, and may be blocked.
 *
 * @param executor runs tasks one after the other, such as a connection's event loop
 */
public record SignalExecutor(Executor executor) {

	/** Names an executor. */
	public static SignalExecutor of(Executor executor) {
		return new SignalExecutor(executor);
	}

	/** Adds this to a context. */
	public Context put(Context context) {
		return context.put(SignalExecutor.class, this);
	}

	/** Returns the executor that a context names, null if it names none. */
	public static @Nullable Executor in(ContextView context) {
		SignalExecutor named = context.getOrDefault(SignalExecutor.class, null);
		return (named != null) ? named.executor() : null;
	}

}
