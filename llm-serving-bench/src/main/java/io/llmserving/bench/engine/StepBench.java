package io.llmserving.bench.engine;

import java.nio.file.Path;
import java.util.Random;

import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.DeviceRequest;
import io.llmserving.runtime.EngineException;
import io.llmserving.runtime.KvType;
import io.llmserving.runtime.SlotParameters;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;
import io.llmserving.weights.ModelFileException;
import org.jspecify.annotations.Nullable;

/**
 * A model on the device, without scheduler: times steps of random tokens. One thread.
 */
final class StepBench implements AutoCloseable {

	private static final int BLOCK = 16;

	private static final KvType KV_TYPE = KvType.BF16;

	private static final int STEP_TOKENS = 512;

	private static final SlotParameters GREEDY = new SlotParameters(0f, 1f, 0f, 0, 1f, 0f, 0f, 0, -1, 0, new int[0],
			new int[0], new float[0]);

	private final Device device;

	private final CompiledProgram program;

	private final Random random = new Random(1);

	private final StepPlan plan = new StepPlan();

	private final StepResult result = new StepResult();

	/**
	 * Loads a model.
	 * @param threads size of the team, 0 for the number of physical cores
	 */
	StepBench(Path model, Path extractDirectory, int threads, DeviceKind kind) throws ModelFileException {
		this.device = Device.open(new DeviceRequest(kind, null, extractDirectory, threads, 0, false));
		try (OpenModel open = ModelReader.open(model, 0)) {
			this.program = this.device.compile(open.program(), false, KV_TYPE, BLOCK);
		}
	}

	String device() {
		return this.device.description();
	}

	long weightBytes() {
		return this.program.weightBytes();
	}

	/**
	 * Returns why the device has no profile, null if it has one.
	 */
	@Nullable String noProfile() {
		try (StepRunner runner = runner(1, 1)) {
			runner.profile(false);
			return null;
		}
		catch (EngineException ex) {
			return ex.getMessage();
		}
	}

	/**
	 * Returns an observer that profiles one measurement.
	 */
	StepProfiler profiler() {
		return new StepProfiler(work());
	}

	/**
	 * Returns a counter of what steps have to do.
	 */
	StepWork work() {
		return new StepWork(this.program.spec(), this.program::tensorBytes, KV_TYPE);
	}

	/**
	 * Tokens per second of computing a prompt, the logits of its last token included; for
	 * the second time, as the first one finds memory that nobody has touched.
	 */
	double prefill(TimedPrompt prompt, StepObserver observer) {
		try (StepRunner runner = runner(1, prompt.after() + prompt.tokens())) {
			prompt(runner, 0, 0, prompt.after(), StepObserver.NONE);
			prompt(runner, 0, prompt.after(), prompt.tokens(), StepObserver.NONE);
			observer.begin(runner);
			long start = System.nanoTime();
			prompt(runner, 0, prompt.after(), prompt.tokens(), observer);
			long took = System.nanoTime() - start;
			observer.end(runner);
			return prompt.tokens() * 1e9 / took;
		}
	}

	/**
	 * Tokens per second of generating, all sequences together.
	 * @param sequences sequences that generate at once
	 * @param prompt tokens of each before the first timed one
	 * @param tokens timed tokens of each
	 */
	double decode(int sequences, int prompt, int tokens, StepObserver observer) {
		try (StepRunner runner = runner(sequences, prompt + tokens)) {
			for (int row = 0; row < sequences; row++) {
				prompt(runner, row, 0, prompt, StepObserver.NONE);
			}
			observer.begin(runner);
			long start = System.nanoTime();
			for (int i = 0; i < tokens; i++) {
				this.plan.clear();
				for (int row = 0; row < sequences; row++) {
					int first = this.plan.addToken(this.random.nextInt(this.program.spec().vocabulary()));
					sequence(first, 1, prompt + i, row);
					this.plan.addJob(this.plan.addHeadRow(first), row, 0, i, true, -1);
				}
				step(runner, observer);
			}
			long took = System.nanoTime() - start;
			observer.end(runner);
			return (double) sequences * tokens * 1e9 / took;
		}
	}

	private StepRunner runner(int sequences, int tokens) {
		int groups = this.program.spec().windows().length;
		int columns = Math.ceilDiv(tokens, BLOCK);
		StepRunner runner = this.program.runner(new StepLimits(STEP_TOKENS, sequences, sequences, sequences,
				sequences * columns * groups, BLOCK, columns, groups, 1, this.program.spec().vocabulary(), 0));
		int block = 0;
		for (int row = 0; row < sequences; row++) {
			runner.setSlot(row, GREEDY, new int[0], 0, new int[0], 0);
			for (int group = 0; group < groups; group++) {
				for (int column = 0; column < columns; column++) {
					runner.tables().set(group, row, column, block++);
				}
			}
		}
		return runner;
	}

	private void prompt(StepRunner runner, int row, int position, int tokens, StepObserver observer) {
		for (int done = 0; done < tokens; done += STEP_TOKENS) {
			int count = Math.min(STEP_TOKENS, tokens - done);
			this.plan.clear();
			for (int i = 0; i < count; i++) {
				this.plan.addToken(this.random.nextInt(this.program.spec().vocabulary()));
			}
			sequence(0, count, position + done, row);
			if (done + count == tokens) {
				this.plan.addJob(this.plan.addHeadRow(count - 1), row, 0, 0, false, -1);
			}
			step(runner, observer);
		}
	}

	private void step(StepRunner runner, StepObserver observer) {
		runner.await(runner.submit(this.plan), this.result);
		observer.step(this.plan);
	}

	private void sequence(int firstRow, int rows, int position, int tableRow) {
		int sequence = this.plan.addSequence(firstRow, rows, position, tableRow);
		int[] windows = this.program.spec().windows();
		int last = (position + rows - 1) / StepPlan.ATTENTION_CHUNK;
		for (int group = 0; group < windows.length; group++) {
			int first = (windows[group] == 0) ? 0
					: Math.max(0, position - windows[group] + 1) / StepPlan.ATTENTION_CHUNK;
			this.plan.addItem(group, StepPlan.FLAT, first, last - first + 1, this.plan.addItemSequence(sequence), 1);
		}
	}

	@Override
	public void close() {
		this.program.close();
		this.device.close();
	}

}
