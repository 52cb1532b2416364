package io.llmserving.serving;

/**
 * How far the loading of a model is.
 *
 * @param phase what is being done
 * @param done how much of it is done, in bytes
 * @param total how much there is, 0 where that is not known
 */
public record LoadProgress(Phase phase, long done, long total) {

	/**
	 * What is being done for a model that is loading.
	 */
	public enum Phase {

		/** Other models are loaded or unloaded first. */
		WAITING,

		/** Looking for the source's files. */
		RESOLVING,

		/** Downloading. */
		FETCHING,

		/** Reading and packing weights. */
		PACKING

	}

}
