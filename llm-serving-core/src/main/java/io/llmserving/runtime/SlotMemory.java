package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Memory in which a slot's parameters are handed over; the library copies them.
 */
final class SlotMemory {

	private static final StructLayout LAYOUT = StructLayouts.SLOT;

	private final Arena arena;

	private final MemorySegment slot;

	private MemorySegment lists;

	SlotMemory(Arena arena) {
		this.arena = arena;
		this.slot = arena.allocate(LAYOUT);
		this.lists = arena.allocate(JAVA_INT, 4096);
	}

	MemorySegment fill(int index, SlotParameters p, int[] prompt, int promptLength, int[] output, int outputLength) {
		setInt("slot", index);
		setInt("logprobs", p.logprobs());
		setFloat("temperature", p.temperature());
		setFloat("top_p", p.topP());
		setFloat("min_p", p.minP());
		setInt("top_k", p.topK());
		setFloat("repetition", p.repetition());
		setFloat("frequency", p.frequency());
		setFloat("presence", p.presence());
		setInt("min_tokens", p.minTokens());
		this.slot.set(JAVA_LONG, StructLayouts.offset(LAYOUT, "seed"), p.seed());
		int prompts = p.countsPrompt() ? promptLength : 0;
		int outputs = p.countsOutput() ? outputLength : 0;
		reserve(p.suppressed().length + 2 * p.biasIds().length + prompts + outputs);
		long at = ints("suppressed", p.suppressed(), p.suppressed().length, 0);
		setInt("suppressed_count", p.suppressed().length);
		at = ints("bias_ids", p.biasIds(), p.biasIds().length, at);
		this.slot.set(ADDRESS, StructLayouts.offset(LAYOUT, "bias"), this.lists.asSlice(at));
		MemorySegment.copy(p.bias(), 0, this.lists, JAVA_FLOAT, at, p.bias().length);
		at += 4L * p.bias().length;
		setInt("bias_count", p.biasIds().length);
		at = ints("prompt", prompt, prompts, at);
		setInt("prompt_count", prompts);
		ints("output", output, outputs, at);
		setInt("output_count", outputs);
		return this.slot;
	}

	private long ints(String field, int[] values, int count, long at) {
		this.slot.set(ADDRESS, StructLayouts.offset(LAYOUT, field), this.lists.asSlice(at));
		MemorySegment.copy(values, 0, this.lists, JAVA_INT, at, count);
		return at + 4L * count;
	}

	private void reserve(int count) {
		if (4L * count > this.lists.byteSize()) {
			this.lists = this.arena.allocate(JAVA_INT, 2L * count);
		}
	}

	private void setInt(String field, int value) {
		this.slot.set(JAVA_INT, StructLayouts.offset(LAYOUT, field), value);
	}

	private void setFloat(String field, float value) {
		this.slot.set(JAVA_FLOAT, StructLayouts.offset(LAYOUT, field), value);
	}

}
