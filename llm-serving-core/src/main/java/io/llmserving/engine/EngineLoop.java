package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.EngineFailedException;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.FinishReason;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.api.SlowConsumerException;
import io.llmserving.api.TokenInfo;
import io.llmserving.cache.BlockKeys;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;

/**
 * Runs the steps of one loaded model on a thread of its own, which owns scheduler and
 * cache. A failed step costs the runner: a new one is made and all sequences are computed
 * again, those of the failed step one by one.
 */
final class EngineLoop implements Runnable {

	private static final long PARK_NANOS = 20_000_000;

	private final LoadedModel model;

	private final EngineSettings settings;

	private final BiConsumer<EngineState, @Nullable Throwable> states;

	private final Queue<RequestStream> inbox = new ConcurrentLinkedQueue<>();

	private final Queue<RequestStream> aborts = new ConcurrentLinkedQueue<>();

	private final AtomicInteger queued = new AtomicInteger();

	private final List<Sequence> sequences = new ArrayList<>();

	private final StepPlan plan = new StepPlan();

	private final StepResult result = new StepResult();

	private final Thread thread;

	private volatile boolean closed;

	private volatile boolean busy;

	private volatile long progressAt = System.nanoTime();

	private volatile EngineStatistics statistics = new EngineStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0);

	private StepRunner runner;

	private Scheduler scheduler;

	private int failures;

	private long steps;

	private long promptTokens;

	private long generated;

	private long startedCount;

	private long finishedCount;

	private long cancelledCount;

	private long failedCount;

	private long restarts;

	EngineLoop(LoadedModel model, EngineSettings settings, StepRunner runner,
			BiConsumer<EngineState, @Nullable Throwable> states) {
		this.model = model;
		this.settings = settings;
		this.states = states;
		this.runner = runner;
		this.scheduler = new Scheduler(runner, model, settings);
		this.thread = Thread.ofPlatform().daemon().name("llm-engine-" + model.info().model()).unstarted(this);
	}

	void start() {
		this.thread.start();
	}

	static int context(StepLimits limits, LoadedModel model, EngineSettings settings) {
		int rows = Math.min(limits.blocksPerRow(), limits.blocks() / model.windows().length) * limits.blockSize();
		return Math.min(rows, Math.min(settings.contextLength(), model.info().contextLength()));
	}

	void submit(RequestStream stream) {
		int count = stream.choices.length;
		if (this.queued.addAndGet(count) > this.settings.queueSize()) {
			this.queued.addAndGet(-count);
			throw new OverloadedException("The queue of %d sequences is full".formatted(this.settings.queueSize()),
					Duration.ofSeconds(1));
		}
		this.inbox.add(stream);
		LockSupport.unpark(this.thread);
	}

	void abort(RequestStream stream) {
		this.aborts.add(stream);
		LockSupport.unpark(this.thread);
	}

	EngineStatistics statistics() {
		EngineStatistics s = this.statistics;
		long age = this.busy ? System.nanoTime() - this.progressAt : 0;
		return new EngineStatistics(s.waiting(), s.running(), s.blocksTotal(), s.blocksUsed(), s.blocksCached(),
				s.steps(), s.promptTokens(), s.generatedTokens(), s.prefixQueriedTokens(), s.prefixHitTokens(),
				s.preemptions(), s.requestsStarted(), s.requestsFinished(), s.requestsCancelled(), s.requestsFailed(),
				s.restarts(), age);
	}

	boolean idle() {
		return this.inbox.isEmpty() && !this.busy;
	}

	/** Ends all requests with an error and the thread. */
	void close() throws InterruptedException {
		this.closed = true;
		LockSupport.unpark(this.thread);
		if (this.thread.isAlive() && Thread.currentThread() != this.thread) {
			this.thread.join(10_000);
		}
	}

	@Override
	public void run() {
		try {
			while (!this.closed) {
				turn();
			}
		}
		catch (RuntimeException | Error ex) {
			this.closed = true;
			this.states.accept(EngineState.FAILED, ex);
			failAll(new EngineFailedException("The engine failed: " + ex.getMessage(), ex));
		}
		finally {
			receive();
			failAll(new ShuttingDownException("The engine was stopped", null));
			this.runner.close();
			publish();
			this.busy = false;
		}
	}

	private void turn() {
		receive();
		check();
		int tokens = this.scheduler.schedule(this.plan);
		publish();
		this.busy = !this.sequences.isEmpty();
		if (tokens == 0) {
			LockSupport.parkNanos(this, this.busy ? PARK_NANOS : PARK_NANOS * 50);
			return;
		}
		this.progressAt = System.nanoTime();
		try {
			this.runner.await(this.runner.submit(this.plan), this.result);
		}
		catch (RuntimeException ex) {
			recover(ex);
			return;
		}
		this.failures = 0;
		this.steps++;
		apply();
		this.progressAt = System.nanoTime();
	}

	private void receive() {
		for (RequestStream stream = this.inbox.poll(); stream != null; stream = this.inbox.poll()) {
			this.busy = true;
			Sequence leader = null;
			for (int choice = 0; choice < stream.choices.length; choice++) {
				BlockKeys keys = new BlockKeys(this.runner.limits().blockSize(), this.model.revision(),
						stream.request.salt());
				Sequence sequence = new Sequence(stream, choice, leader, keys);
				leader = (leader == null) ? sequence : leader;
				this.sequences.add(sequence);
				this.scheduler.enqueue(sequence);
			}
		}
		for (RequestStream stream = this.aborts.poll(); stream != null; stream = this.aborts.poll()) {
			if (drop(stream)) {
				this.cancelledCount++;
			}
		}
	}

	private void check() {
		long now = System.nanoTime();
		for (int i = this.sequences.size() - 1; i >= 0; i--) {
			if (i >= this.sequences.size()) {
				continue;
			}
			RequestStream stream = this.sequences.get(i).stream;
			if (stream.ended()) {
				this.cancelledCount += drop(stream) ? 1 : 0;
			}
			else if (now - stream.request.deadlineNanos() > 0) {
				fail(stream, new DeadlineExceededException("The request's deadline passed"));
			}
			else if (stream.slow(now, this.settings.slowReaderTimeout())) {
				fail(stream, new SlowConsumerException(
						"The subscriber asked for nothing for %s".formatted(this.settings.slowReaderTimeout())));
			}
		}
	}

	private void apply() {
		for (Sequence sequence : List.copyOf(this.scheduler.running)) {
			int count = sequence.stepTokens;
			if (count == 0 || sequence.row < 0) {
				continue;
			}
			RequestStream stream = sequence.stream;
			if (stream.queuedNanos == 0) {
				stream.queuedNanos = System.nanoTime() - stream.submitted;
				this.startedCount++;
			}
			this.promptTokens += Math.max(0, Math.min(count, sequence.promptLength - sequence.computed));
			sequence.computed += count;
			sequence.suspect = false;
			this.scheduler.cache.written(sequence.row, sequence.keys, sequence.computed);
			score(sequence);
			if (sequence.computed == sequence.length) {
				generated(sequence);
			}
		}
	}

	private void score(Sequence sequence) {
		TokenInfo[] scored = sequence.scored;
		for (int i = 0; scored != null && i < sequence.targets; i++) {
			scored[sequence.scoredUpTo++] = info(this.result.targets, sequence.firstTarget + i,
					this.plan.targets().get(sequence.firstTarget + i, 2));
		}
	}

	private void generated(Sequence sequence) {
		RequestStream stream = sequence.stream;
		if (!stream.promptIsDone()) {
			stream.promptDone(promptLogprobs(sequence));
		}
		if (sequence.job < 0) {
			end(sequence, FinishReason.LENGTH, null);
			return;
		}
		if (this.result.jobs.status[sequence.job] != StepResult.FINE) {
			fail(stream, new EngineFailedException(
					"The model's logits for token %d of the answer are not finite".formatted(sequence.generated()),
					null));
			return;
		}
		Integer top = stream.request.sampling().logprobs();
		TokenInfo token = info(this.result.jobs, sequence.job, (top != null) ? top : 0);
		sequence.append(token.id());
		stream.generated++;
		this.generated++;
		if (stream.firstTokenNanos == 0) {
			stream.firstTokenNanos = System.nanoTime();
		}
		stops(sequence, token);
		stream.wake();
	}

	private void stops(Sequence sequence, TokenInfo token) {
		var sampling = sequence.stream.request.sampling();
		ChoiceOutput output = sequence.stream.choices[sequence.choice];
		boolean late = sequence.generated() >= sampling.minTokens();
		boolean listed = late && sampling.stopTokenIds().contains(token.id());
		boolean eos = late && !sampling.ignoreEos() && contains(this.model.eos(), token.id());
		boolean silent = listed || eos
				|| (sampling.skipSpecialTokens() && this.model.tokenizer().isSpecial(token.id()));
		boolean stopped = output.add(token, silent ? new byte[0] : token.bytes(), late);
		if (stopped) {
			close(sequence);
		}
		else if (listed || eos) {
			end(sequence, FinishReason.STOP, eos ? null : (Integer) token.id());
		}
		else if (sequence.generated() >= sequence.stream.request.maxTokens()) {
			end(sequence, FinishReason.LENGTH, null);
		}
	}

	private static boolean contains(int[] ids, int id) {
		for (int candidate : ids) {
			if (candidate == id) {
				return true;
			}
		}
		return false;
	}

	private @Nullable PromptLogprobs promptLogprobs(Sequence sequence) {
		TokenInfo[] scored = sequence.scored;
		if (scored == null) {
			return null;
		}
		int first = sequence.tokens[0];
		scored[0] = new TokenInfo(first, this.model.tokenizer().bytes(first), Float.NaN, 0, List.of());
		return new PromptLogprobs(List.of(scored));
	}

	private TokenInfo info(StepResult.Rows rows, int row, int top) {
		List<TokenInfo.TopLogprob> best = new ArrayList<>(top);
		for (int i = 0; i < Math.min(top, rows.topStride); i++) {
			int id = rows.topToken[row * rows.topStride + i];
			if (id >= 0) {
				best.add(new TokenInfo.TopLogprob(id, this.model.tokenizer().bytes(id),
						rows.topLogprob[row * rows.topStride + i]));
			}
		}
		int id = rows.token[row];
		return new TokenInfo(id, this.model.tokenizer().bytes(id), rows.logprob[row], rows.rank[row], best);
	}

	private void end(Sequence sequence, FinishReason reason, @Nullable Integer stopToken) {
		sequence.stream.choices[sequence.choice].finish(reason, stopToken);
		close(sequence);
	}

	private void close(Sequence sequence) {
		remove(sequence);
		if (--sequence.stream.live == 0) {
			this.finishedCount++;
			sequence.stream.complete(System.nanoTime());
		}
		sequence.stream.wake();
	}

	private void remove(Sequence sequence) {
		sequence.finished = true;
		this.scheduler.leave(sequence);
		this.sequences.remove(sequence);
		this.queued.decrementAndGet();
	}

	private boolean drop(RequestStream stream) {
		boolean any = false;
		for (Sequence sequence : List.copyOf(this.sequences)) {
			if (sequence.stream == stream) {
				remove(sequence);
				any = true;
			}
		}
		return any;
	}

	private void fail(RequestStream stream, LlmServingException error) {
		error.partialUsage(stream.usage());
		drop(stream);
		this.failedCount++;
		stream.fail(error);
	}

	private void failAll(LlmServingException error) {
		while (!this.sequences.isEmpty()) {
			RequestStream stream = this.sequences.get(0).stream;
			drop(stream);
			this.failedCount++;
			stream.fail(error);
		}
	}

	/** Makes a new runner; what ran in the failed step runs alone from now on. */
	private void recover(RuntimeException cause) {
		this.states.accept(EngineState.RESTARTING, cause);
		this.runner.close();
		this.restarts++;
		if (++this.failures > this.settings.restartAttempts()) {
			throw cause;
		}
		List<Sequence> involved = this.scheduler.running.stream().filter((s) -> s.stepTokens > 0).toList();
		for (Sequence sequence : List.copyOf(this.sequences)) {
			if (involved.contains(sequence) && (involved.size() == 1 || sequence.stream.replays > 0)
					&& !sequence.finished) {
				fail(sequence.stream,
						new EngineFailedException("The request's step failed: " + cause.getMessage(), cause));
			}
		}
		long delay = this.settings.restartDelay().toNanos() << Math.min(20, this.failures - 1);
		long until = System.nanoTime() + Math.min(delay, this.settings.restartMaxDelay().toNanos());
		while (!this.closed && until - System.nanoTime() > 0) {
			LockSupport.parkNanos(this, until - System.nanoTime());
		}
		this.runner = this.model.runners().get();
		this.scheduler = new Scheduler(this.runner, this.model, this.settings);
		for (Sequence sequence : this.sequences) {
			sequence.row = -1;
			sequence.computed = 0;
			sequence.stepTokens = 0;
			sequence.suspect = involved.contains(sequence);
			sequence.stream.replays += sequence.suspect ? 1 : 0;
			this.scheduler.enqueue(sequence);
		}
		this.states.accept(EngineState.READY, null);
	}

	private void publish() {
		Scheduler s = this.scheduler;
		this.statistics = new EngineStatistics(s.waiting.size(), s.running.size(), this.runner.limits().blocks(),
				s.cache.used(), s.cache.cached(), this.steps, this.promptTokens, this.generated, s.queried, s.hits,
				s.preemptions, this.startedCount, this.finishedCount, this.cancelledCount, this.failedCount,
				this.restarts, 0);
	}

}
