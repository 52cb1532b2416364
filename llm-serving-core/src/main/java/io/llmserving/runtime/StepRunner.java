package io.llmserving.runtime;

import java.util.Map;

/**
 * Runs the steps of one program over one cache. All methods but {@link #progress()} are
 * for the engine's thread alone.
 */
public interface StepRunner extends AutoCloseable {

	/**
	 * Returns the sizes that plans must keep to.
	 */
	StepLimits limits();

	/**
	 * Returns the block tables that steps read. A row may be changed only where no step
	 * in flight reads it.
	 */
	BlockTables tables();

	/**
	 * Sets a sampler slot anew. No step in flight may use it.
	 */
	void setSlot(int slot, SlotParameters parameters, int[] prompt, int promptLength, int[] output, int outputLength);

	/**
	 * Accepts a step; as many may be in flight as {@link StepLimits#depth()}. The plan is
	 * copied and may be reused at once.
	 * @return the step's ticket; tickets ascend
	 */
	long submit(StepPlan plan);

	/**
	 * Hands in the token masks of a step that was submitted as masked. Bit {@code id} of
	 * a job's mask set means allowed; the words of all masks follow one another.
	 */
	void provideMasks(long ticket, int[] masks, int count);

	/**
	 * Runs the step or waits for it; steps are awaited in the order of their tickets.
	 * @throws EngineException if the step failed; the runner is then good for nothing but
	 * {@link #close()}
	 */
	void await(long ticket, StepResult result);

	/**
	 * Returns a number that grows while a step makes progress. Any thread.
	 */
	long progress();

	/**
	 * Returns the nanoseconds that the thread which awaits steps spent in each part of
	 * them since the last call: each moment in one part. A runner begins without
	 * measuring.
	 * @param on whether to measure from now on
	 * @throws EngineException if the device has no profile
	 */
	default Map<StepPart, Long> profile(boolean on) {
		throw new EngineException("This device has no profile");
	}

	@Override
	void close();

}
