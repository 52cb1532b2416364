package io.llmserving.model;

/**
 * A weight of a decoder by what it does; every format has a name of its own for it.
 */
enum Part {

	EMBEDDING, OUTPUT_NORM, HEAD,

	ATTENTION_NORM, QUERY, KEY, VALUE, QUERY_KEY_VALUE, QUERY_NORM, KEY_NORM, ATTENTION_OUTPUT, POST_ATTENTION_NORM,

	FEED_FORWARD_NORM, GATE, UP, GATE_AND_UP, DOWN, POST_FEED_FORWARD_NORM

}
