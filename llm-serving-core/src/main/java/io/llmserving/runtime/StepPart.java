package io.llmserving.runtime;

/**
 * What a step's time goes to, in the order of {@code llm_profile_kind}. Operations of a
 * program have the numbers of their kinds.
 */
public enum StepPart {

	/** Plans, angles of rotation, copies of blocks. */
	OTHER,

	/** Rows of the embedding. */
	EMBED,

	/** Matrix products but the head's. */
	LINEAR,

	NORM,

	/** Rotation of queries and keys; keys and values are written to the cache. */
	ROPE_CACHE,

	ATTENTION,

	ACTIVATE_MULTIPLY,

	ADD,

	/** Logits. */
	HEAD,

	/** Tokens, logprobs and outputs from logits. */
	SAMPLE,

	/** Waiting for other workers. */
	WAIT;

	/**
	 * Returns the part that an operation's time counts for.
	 */
	public static StepPart of(ProgramSpec.Op op) {
		return values()[op.kind()];
	}

}
