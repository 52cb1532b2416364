package io.llmserving.bench.engine;

/**
 * One thing to measure of an engine, in tokens per second.
 *
 * @param streams sequences at once
 * @param before tokens of each that come first: of the prompt that is timed, else before
 * the generated ones
 * @param generated tokens of each that are generated, 0 for timing the prompt
 */
record EngineRow(Kind kind, int streams, int before, int generated) {

	/** A prompt, as {@code llama-bench}'s {@code pp}. */
	static EngineRow prefill(int tokens) {
		return new EngineRow(Kind.PREFILL, 1, tokens, 0);
	}

	/** One stream at a depth, as {@code llama-bench}'s {@code tg}. */
	static EngineRow decode(int context, int tokens) {
		return new EngineRow(Kind.DECODE, 1, context, tokens);
	}

	/** Generation of several, as {@code llama-batched-bench} measures it. */
	static EngineRow batch(int streams, int prompt, int tokens) {
		return new EngineRow(Kind.BATCH, streams, prompt, tokens);
	}

	String name() {
		return switch (this.kind) {
			case PREFILL -> "prefill %d".formatted(this.before);
			case DECODE -> "decode %d after %d".formatted(this.generated, this.before);
			case BATCH -> "batch of %d (%d in, %d out)".formatted(this.streams, this.before, this.generated);
		};
	}

	/**
	 * What is timed.
	 */
	enum Kind {

		PREFILL, DECODE, BATCH

	}

}
