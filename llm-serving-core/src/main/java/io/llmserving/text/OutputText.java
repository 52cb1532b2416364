package io.llmserving.text;

import java.util.Arrays;

/**
 * The text of one generated sequence, for its reader: bytes that may yet belong to a stop
 * string are held back, text ends before the stop that completes first, characters appear
 * whole. The engine finds the same stop with the same {@link StopMatcher} on its own
 * thread. Confined to one thread.
 */
public final class OutputText {

	private final TokenBytes tokens;

	private final StopMatcher stops;

	private final Options options;

	private final Detokenizer detokenizer = new Detokenizer(false);

	private byte[] held = new byte[64];

	private int heldCount;

	private int state = StopMatcher.START;

	private int tokenCount;

	private int stop = -1;

	private boolean finished;

	/**
	 * How text is made of tokens.
	 *
	 * @param skipSpecial whether special tokens leave no text
	 * @param includeStop whether the stop string that ended the text is part of it
	 * @param minTokens how many tokens come before a stop string counts: one that is
	 * complete within these is text
	 */
	public record Options(boolean skipSpecial, boolean includeStop, int minTokens) {
	}

	public OutputText(TokenBytes tokens, StopMatcher stops, Options options) {
		this.tokens = tokens;
		this.stops = stops;
		this.options = options;
	}

	/**
	 * Takes the next token and appends the text that is now certain.
	 * @return whether a stop string is complete, which ends the text
	 * @throws IllegalStateException if the text has ended
	 */
	public boolean append(int id, StringBuilder out) {
		if (this.finished) {
			throw new IllegalStateException("The text ended after %d tokens".formatted(this.tokenCount));
		}
		byte[] bytes = this.options.skipSpecial ? this.tokens.text(id) : this.tokens.bytes(id);
		hold(bytes);
		if (++this.tokenCount <= this.options.minTokens) {
			this.state = this.stops.pass(this.state, bytes);
		}
		else {
			int next = this.stops.advance(this.state, bytes);
			if (next < 0) {
				this.stop = this.stops.stop(next);
				int end = this.options.includeStop ? this.stops.end(next) : this.stops.begin(next);
				release(this.heldCount - bytes.length + end, out);
				this.heldCount = 0;
				finish(out);
				return true;
			}
			this.state = next;
		}
		release(this.heldCount - this.stops.heldBack(this.state), out);
		return false;
	}

	/**
	 * Ends the text for another reason than a stop string: appends what was held back.
	 * Does nothing if it has ended.
	 */
	public void finish(StringBuilder out) {
		if (!this.finished) {
			this.finished = true;
			release(this.heldCount, out);
			this.detokenizer.finish(out);
		}
	}

	/**
	 * Returns which stop string ended the text, as an index into the matcher's list, or
	 * -1.
	 */
	public int stop() {
		return this.stop;
	}

	private void hold(byte[] bytes) {
		if (this.heldCount + bytes.length > this.held.length) {
			this.held = Arrays.copyOf(this.held, (this.heldCount + bytes.length) * 2);
		}
		System.arraycopy(bytes, 0, this.held, this.heldCount, bytes.length);
		this.heldCount += bytes.length;
	}

	private void release(int count, StringBuilder out) {
		this.detokenizer.append(this.held, 0, count, out);
		this.heldCount -= count;
		System.arraycopy(this.held, count, this.held, 0, this.heldCount);
	}

}
