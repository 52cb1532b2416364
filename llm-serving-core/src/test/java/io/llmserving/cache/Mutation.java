package io.llmserving.cache;

/**
 * Classic bugs of a paged cache and its scheduler, to be seeded one by one.
 */
public enum Mutation {

	/** The code as it is. */
	NONE,

	/** A second holder of a block is not counted. */
	MISSING_HOLDER,

	/** A row's blocks are not given back. */
	LEAK,

	/** A row's first block is given back twice. */
	GIVEN_BACK_TWICE,

	/** A block that was taken can still be found by its old content. */
	STALE_INDEX,

	/** A block is found by a part of its key. */
	PARTIAL_KEY,

	/** One group's blocks are found for another. */
	WRONG_GROUP,

	/** The block that was given back last is taken first. */
	LAST_IN_FIRST_OUT,

	/** One block more than was found counts as found. */
	ONE_TOO_MANY,

	/** A full hit leaves no token to compute. */
	NOTHING_LEFT,

	/** The block of a token that was sampled, but not computed, is registered. */
	REGISTERED_EARLY,

	/** There is room for one token less than there should be. */
	ONE_TOO_FEW,

	/** Windows are one block smaller than the model's. */
	SMALL_WINDOW,

	/** A fork's last block is not copied. */
	NO_COPY,

	/** A fork copies one token too few. */
	SHORT_COPY,

	/** Rows are released while steps in flight read them. */
	NO_FENCE,

	/** Results of preempted and ended sequences are applied. */
	STALE_RESULT,

	/** Sequences share attention items whose blocks differ. */
	SHARED_ITEMS,

	/** The last chunk of attention is left out. */
	MISSING_CHUNK

}
