package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.util.context.Context;

import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.TokenInfo;
import io.llmserving.spi.SignalExecutor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A subscriber that keeps what it hears.
 */
final class Client extends BaseSubscriber<GenerationEvent> {

	private final List<GenerationEvent> events = new ArrayList<>();

	private final CountDownLatch end = new CountDownLatch(1);

	private final boolean reads;

	private volatile int signalsAfterEnd;

	private volatile @Nullable Throwable error;

	private volatile @Nullable Thread engine;

	private Context context = Context.empty();

	/**
	 * @param reads whether it asks for everything at once
	 */
	Client(boolean reads) {
		this.reads = reads;
	}

	/** Sets the executor on which it wants its signals. */
	Client on(Executor signals) {
		this.context = SignalExecutor.of(signals).put(Context.empty());
		return this;
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	/** Sets the thread on which no signal may come. */
	Client notOn(Thread thread) {
		this.engine = thread;
		return this;
	}

	@Override
	protected void hookOnSubscribe(Subscription subscription) {
		if (this.reads) {
			requestUnbounded();
		}
	}

	@Override
	protected synchronized void hookOnNext(GenerationEvent event) {
		if (this.reads) {
			assertThat(Thread.currentThread()).isNotSameAs(this.engine);
		}
		this.signalsAfterEnd += (this.end.getCount() == 0) ? 1 : 0;
		this.events.add(event);
	}

	@Override
	protected void hookOnComplete() {
		ended();
	}

	@Override
	protected void hookOnError(Throwable throwable) {
		this.error = throwable;
		ended();
	}

	private void ended() {
		this.signalsAfterEnd += (this.end.getCount() == 0) ? 1 : 0;
		this.end.countDown();
	}

	Client await() {
		try {
			assertThat(this.end.await(20, TimeUnit.SECONDS)).as("a terminal signal").isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		assertThat(this.signalsAfterEnd).as("signals after the last").isZero();
		return this;
	}

	boolean hasEnded() {
		return this.end.getCount() == 0;
	}

	@Nullable Throwable error() {
		return this.error;
	}

	synchronized List<GenerationEvent> events() {
		return List.copyOf(this.events);
	}

	<T extends GenerationEvent> List<T> events(Class<T> type) {
		return events().stream().filter(type::isInstance).map(type::cast).toList();
	}

	List<TokenInfo> tokens(int choice) {
		return events(GenerationEvent.Delta.class).stream()
			.filter((delta) -> delta.choice() == choice)
			.flatMap((delta) -> delta.tokens().stream())
			.toList();
	}

	int[] ids(int choice) {
		return tokens(choice).stream().mapToInt(TokenInfo::id).toArray();
	}

	String text(int choice) {
		StringBuilder text = new StringBuilder();
		events(GenerationEvent.Delta.class).stream()
			.filter((delta) -> delta.choice() == choice)
			.forEach((delta) -> text.append(delta.text()));
		return text.toString();
	}

	FinishReason reason(int choice) {
		return finish(choice).reason();
	}

	GenerationEvent.ChoiceFinished finish(int choice) {
		return events(GenerationEvent.ChoiceFinished.class).stream()
			.filter((event) -> event.choice() == choice)
			.findFirst()
			.orElseThrow();
	}

	GenerationEvent.Completed completed() {
		return events(GenerationEvent.Completed.class).get(0);
	}

}
