package io.llmserving.decoding;

import java.util.Arrays;

import io.llmserving.api.SamplingParameters;
import io.llmserving.text.StopMatcher;
import io.llmserving.text.TokenBytes;

/**
 * When the choices of a request end. Immutable, shared by them.
 */
public final class StopRules {

	private final int[] eos;

	private final int[] stopIds;

	private final StopMatcher matcher;

	private final TokenBytes tokens;

	private final boolean skipSpecial;

	private final int minTokens;

	private final int maxTokens;

	/**
	 * @param eos the model's end-of-sequence tokens
	 * @param maxTokens most tokens of a choice
	 */
	public StopRules(SamplingParameters sampling, int[] eos, int maxTokens, TokenBytes tokens) {
		this.eos = sampling.ignoreEos() ? new int[0] : eos.clone();
		this.stopIds = sampling.stopTokenIds().stream().mapToInt(Integer::intValue).toArray();
		Arrays.sort(this.eos);
		Arrays.sort(this.stopIds);
		this.matcher = StopMatcher.of(sampling.stop());
		this.tokens = tokens;
		this.skipSpecial = sampling.skipSpecialTokens();
		this.minTokens = sampling.minTokens();
		this.maxTokens = maxTokens;
	}

	/** Returns the matcher of the stop strings, for the reader's side. */
	public StopMatcher matcher() {
		return this.matcher;
	}

	/** Returns a choice's progress towards its end, before its first token. */
	public Progress start() {
		return new Progress();
	}

	/** What a token means for its choice. */
	public enum Verdict {

		/** The choice goes on. */
		CONTINUES,

		/** The token is an end-of-sequence token. */
		EOS,

		/** The token is one of the request's stop tokens. */
		STOP_TOKEN,

		/** The token completes a stop string. */
		STOP_STRING,

		/** The token is the last that the choice may have. */
		LIMIT

	}

	/**
	 * How far a choice has come. Checked token by token, so that a step of many tokens
	 * ends where one of single tokens would. Confined to one thread; allocates nothing.
	 */
	public final class Progress {

		private int state = StopMatcher.START;

		private int count;

		private int stop = -1;

		private Progress() {
		}

		/**
		 * Takes the next token. End-of-sequence and stop tokens add no text. Before
		 * {@code min_tokens} the sampler offers neither, and stop strings don't count.
		 */
		public Verdict accept(int token) {
			this.count++;
			if (this.count > StopRules.this.minTokens) {
				if (Arrays.binarySearch(StopRules.this.eos, token) >= 0) {
					return Verdict.EOS;
				}
				if (Arrays.binarySearch(StopRules.this.stopIds, token) >= 0) {
					return Verdict.STOP_TOKEN;
				}
			}
			if (match(token)) {
				return Verdict.STOP_STRING;
			}
			return (this.count >= StopRules.this.maxTokens) ? Verdict.LIMIT : Verdict.CONTINUES;
		}

		private boolean match(int token) {
			TokenBytes table = StopRules.this.tokens;
			byte[] bytes = StopRules.this.skipSpecial ? table.text(token) : table.bytes(token);
			if (this.count <= StopRules.this.minTokens) {
				this.state = StopRules.this.matcher.pass(this.state, bytes);
				return false;
			}
			int next = StopRules.this.matcher.advance(this.state, bytes);
			if (next < 0) {
				this.stop = StopRules.this.matcher.stop(next);
				return true;
			}
			this.state = next;
			return false;
		}

		/** Returns the stop string that was completed, as an index into the list. */
		public int stop() {
			return this.stop;
		}

	}

}
