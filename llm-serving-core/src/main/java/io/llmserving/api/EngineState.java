package io.llmserving.api;

/**
 * Where a model's engine stands in its life.
 */
public enum EngineState {

	/** Known, but nothing of it is in memory. */
	UNLOADED,

	/** Downloading, reading or packing weights. */
	LOADING,

	/** Accepts requests. */
	READY,

	/** Accepts no new request; running ones finish. */
	DRAINING,

	/** The instance failed and is being rebuilt; its requests go on afterwards. */
	RESTARTING,

	/**
	 * Loading or restarting failed for good; the reason is in the engine's info and in
	 * health.
	 */
	FAILED

}
