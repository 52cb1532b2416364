package io.llmserving.engine;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.TokenInfo;
import io.llmserving.api.Channel;

/**
 * What one choice has produced: written by the engine's thread, read on demand, both
 * under this object's lock. Grows up to the choice's token limit.
 */
final class ChoiceOutput {

	private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
		.onMalformedInput(CodingErrorAction.REPLACE)
		.onUnmappableCharacter(CodingErrorAction.REPLACE);

	private final int index;

	private final byte[][] stops;

	private final List<String> stopTexts;

	private final boolean includeStop;

	private final List<TokenInfo> unread = new ArrayList<>();

	private byte[] text = new byte[64];

	private int length;

	private int visible;

	private int decoded;

	private @Nullable FinishReason reason;

	private @Nullable String stopSequence;

	private @Nullable Integer stopToken;

	private boolean told;

	ChoiceOutput(int index, List<String> stops, boolean includeStop) {
		this.index = index;
		this.stopTexts = stops;
		this.stops = stops.stream().map((s) -> s.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
		this.includeStop = includeStop;
	}

	/**
	 * Adds a token.
	 * @param bytes its text, empty for tokens that leave none
	 * @param checked whether stop strings count
	 * @return whether a stop string ended the choice
	 */
	synchronized boolean add(TokenInfo token, byte[] bytes, boolean checked) {
		this.unread.add(token);
		if (this.length + bytes.length > this.text.length) {
			this.text = Arrays.copyOf(this.text, 2 * (this.length + bytes.length));
		}
		int before = this.length;
		System.arraycopy(bytes, 0, this.text, before, bytes.length);
		this.length += bytes.length;
		for (int end = before + 1; checked && end <= this.length; end++) {
			for (int stop = 0; stop < this.stops.length; stop++) {
				if (endsWith(end, this.stops[stop], this.stops[stop].length)) {
					this.stopSequence = this.stopTexts.get(stop);
					this.length = this.includeStop ? end : end - this.stops[stop].length;
					this.length = Math.max(this.length, this.decoded);
					finish(FinishReason.STOP, null);
					return true;
				}
			}
		}
		this.visible = this.length - heldBack();
		return false;
	}

	private boolean endsWith(int end, byte[] stop, int count) {
		return end >= count && Arrays.equals(this.text, end - count, end, stop, 0, count);
	}

	private int heldBack() {
		int held = 0;
		for (byte[] stop : this.stops) {
			for (int count = Math.min(stop.length - 1, this.length - this.decoded); count > held; count--) {
				if (endsWith(this.length, stop, count)) {
					held = count;
				}
			}
		}
		return held;
	}

	synchronized void finish(FinishReason why, @Nullable Integer token) {
		this.reason = why;
		this.stopToken = token;
		this.visible = this.length;
	}

	/** Returns the next event for the reader, null if there is none yet. */
	synchronized @Nullable GenerationEvent next() {
		FinishReason end = this.reason;
		if (!this.unread.isEmpty() || (end != null && !this.told && this.decoded < this.length)) {
			List<TokenInfo> tokens = List.copyOf(this.unread);
			this.unread.clear();
			return new GenerationEvent.Delta(this.index, Channel.CONTENT, decode(end != null), tokens);
		}
		if (end != null && !this.told) {
			this.told = true;
			return new GenerationEvent.ChoiceFinished(this.index, end, this.stopSequence, this.stopToken);
		}
		return null;
	}

	private String decode(boolean end) {
		ByteBuffer in = ByteBuffer.wrap(this.text, this.decoded, Math.max(0, this.visible - this.decoded));
		CharBuffer out = CharBuffer.allocate(in.remaining() + 2);
		this.decoder.decode(in, out, end);
		if (end) {
			this.decoder.flush(out);
		}
		this.decoded = end ? this.length : in.position();
		return out.flip().toString();
	}

	synchronized boolean pending() {
		return !this.unread.isEmpty() || (this.reason != null && !this.told);
	}

	synchronized boolean done() {
		return this.told;
	}

}
