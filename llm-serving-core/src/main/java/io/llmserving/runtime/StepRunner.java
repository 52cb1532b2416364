package io.llmserving.runtime;

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

	@Override
	void close();

}
