package io.llmserving.api;

/**
 * Why a choice ended by itself. Every other end of a request is an error.
 */
public enum FinishReason {

	/** An end-of-sequence token, a stop token id or a stop string. */
	STOP,

	/** The token limit of the request or the context length of the model. */
	LENGTH,

	/** The model asked for tools to be called. */
	TOOL_CALLS

}
