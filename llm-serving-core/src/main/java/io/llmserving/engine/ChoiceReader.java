package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.Channel;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.TokenInfo;
import io.llmserving.decoding.StopRules;
import io.llmserving.text.OutputText;
import io.llmserving.text.TokenBytes;

/**
 * Makes events of a choice's tokens when its subscriber wants them: everything that is
 * there becomes one delta. One thread at a time.
 */
final class ChoiceReader {

	private final int index;

	private final TokenLog log;

	private final TokenBytes bytes;

	private final OutputText text;

	private final StringBuilder out = new StringBuilder();

	private int read;

	private boolean flushed;

	private boolean told;

	ChoiceReader(int index, TokenLog log, SamplingParameters sampling, StopRules stops, TokenBytes bytes) {
		this.index = index;
		this.log = log;
		this.bytes = bytes;
		this.text = new OutputText(bytes, stops.matcher(),
				new OutputText.Options(sampling.skipSpecialTokens(), sampling.includeStop(), sampling.minTokens()));
	}

	/** Whether there is something to read. Any thread, and then a hint only. */
	boolean pending() {
		return this.read < this.log.written() || (this.log.end() != null && !this.told);
	}

	boolean done() {
		return this.told;
	}

	/** Returns the next event, null if there is none yet. */
	@Nullable GenerationEvent next() {
		TokenLog.End end = this.log.end();
		int written = this.log.written();
		boolean flush = end != null && !this.flushed;
		if (this.read < written || flush) {
			boolean more = this.read < written;
			List<TokenInfo> tokens = tokens(written);
			if (flush) {
				this.flushed = true;
				this.text.finish(this.out);
			}
			if (more || !this.out.isEmpty()) {
				String added = this.out.toString();
				this.out.setLength(0);
				return new GenerationEvent.Delta(this.index, Channel.CONTENT, added, tokens);
			}
		}
		if (end != null && !this.told) {
			this.told = true;
			return new GenerationEvent.ChoiceFinished(this.index, end.reason(), end.stopSequence(), end.stopToken());
		}
		return null;
	}

	private List<TokenInfo> tokens(int written) {
		List<TokenInfo> tokens = new ArrayList<>(written - this.read);
		for (; this.read < written; this.read++) {
			int id = this.log.data().ids[this.read];
			if (id >= 0) {
				this.text.append(id, this.out);
			}
			tokens.add(token(this.log, this.read, this.bytes));
		}
		return tokens;
	}

	/** Makes the record of a token that was written. */
	static TokenInfo token(TokenLog log, int at, TokenBytes bytes) {
		TokenLog.Data data = log.data();
		int id = (data.ids[at] < 0) ? ~data.ids[at] : data.ids[at];
		if (log.top() < 0) {
			return new TokenInfo(id, bytes.bytes(id), Float.NaN, 0, List.of());
		}
		List<TokenInfo.TopLogprob> best = new ArrayList<>(log.top());
		for (int i = at * log.top(); i < (at + 1) * log.top(); i++) {
			int alternative = data.topIds[i];
			if (alternative >= 0) {
				best.add(new TokenInfo.TopLogprob(alternative, bytes.bytes(alternative), data.topLogprobs[i]));
			}
		}
		return new TokenInfo(id, bytes.bytes(id), data.logprobs[at], data.ranks[at], best);
	}

}
