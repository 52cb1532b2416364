package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.llmserving.runtime.StepPlan;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the division of attention to what keeps a GPU busy, over batches of 1 to 256,
 * contexts of 16 to 131,072 tokens, and several sizes of GPUs.
 */
class AttentionDivisionTests {

	private static final int KEY_HEADS = 8;

	private static final int GROUP = 4;

	private static final int BLOCKS_PER_PROCESSOR = 4;

	static Stream<Arguments> machines() {
		List<Arguments> cases = new ArrayList<>();
		for (int processors : new int[] { 108, 132, 148, 188 }) {
			for (int batch : new int[] { 1, 2, 3, 7, 16, 33, 64, 100, 256 }) {
				cases.add(Arguments.of(processors, batch));
			}
		}
		return cases.stream();
	}

	@ParameterizedTest(name = "{0} processors, batch {1}")
	@MethodSource("machines")
	void partsAreBalancedAndMergedCheaply(int processors, int batch) {
		for (int seed = 0; seed < 40; seed++) {
			Random random = new Random(31L * seed + batch);
			int[] chunks = contexts(random, batch, seed);
			int slots = processors * BLOCKS_PER_PROCESSOR / KEY_HEADS;
			StepPlan plan = divided(slots, chunks, 1);
			long total = 0;
			for (int c : chunks) {
				total += c;
			}
			double mean = (double) total / slots;
			long end = end(plan, slots);
			if (mean >= 1) {
				assertThat(end).as("seed %d: %s chunks a slot", seed, mean)
					.isLessThanOrEqualTo((long) Math.max(mean / 0.85, Math.ceil(mean) + 1));
			}
			if (mean >= 8) {
				assertThat(mean / end).as("seed %d: tail efficiency", seed).isGreaterThanOrEqualTo(0.85);
				assertThat(end / mean).as("seed %d: largest over mean", seed).isLessThanOrEqualTo(1.25);
			}
			assertThat(merged(plan)).as("seed %d: merge traffic", seed).isLessThanOrEqualTo(0.07);
		}
	}

	@ParameterizedTest(name = "{0} processors, batch {1}")
	@MethodSource("machines")
	void partsTakeEachChunkOnce(int processors, int batch) {
		Random random = new Random(batch);
		int[] chunks = contexts(random, batch, batch);
		StepPlan plan = divided(processors * BLOCKS_PER_PROCESSOR / KEY_HEADS, chunks, 1 + random.nextInt(100));
		int[][] seen = new int[batch][];
		for (int s = 0; s < batch; s++) {
			seen[s] = new int[chunks[s]];
		}
		for (int item = 0; item < plan.items().count(); item++) {
			int sequence = plan.itemSequences().get(plan.items().get(item, 4), 0);
			for (int c = 0; c < plan.items().get(item, 3); c++) {
				seen[sequence][plan.items().get(item, 2) + c]++;
			}
		}
		for (int[] sequence : seen) {
			assertThat(sequence).containsOnly(1);
		}
	}

	@Test
	void anItemThatStaysWholeKeepsItsMode() {
		StepPlan plan = divided(4, new int[] { 1, 1, 1, 1 }, 1);
		for (int item = 0; item < 4; item++) {
			assertThat(plan.items().get(item, 1)).isEqualTo(StepPlan.FLAT);
		}
	}

	@Test
	void aDeviceWithoutSlotsGetsItemsAsTheyAre() {
		StepPlan plan = divided(0, new int[] { 1000, 3 }, 1);
		assertThat(plan.items().count()).isEqualTo(2);
		assertThat(plan.items().get(0, 3)).isEqualTo(1000);
	}

	@Test
	void oneLongSequenceFillsTheDevice() {
		StepPlan plan = divided(66, new int[] { 1024 }, 1);
		assertThat(plan.items().count()).isBetween(60, 66);
	}

	private static int[] contexts(Random random, int batch, int seed) {
		int[] chunks = new int[batch];
		int most = 1 << (4 + random.nextInt(14));
		for (int s = 0; s < batch; s++) {
			int tokens = (seed % 3 == 0) ? most : 16 + random.nextInt(most);
			chunks[s] = Math.ceilDiv(tokens, StepPlan.ATTENTION_CHUNK);
		}
		return chunks;
	}

	private static StepPlan divided(int slots, int[] chunks, int rows) {
		StepPlan plan = new StepPlan();
		AttentionDivision division = new AttentionDivision(slots, GROUP);
		for (int s = 0; s < chunks.length; s++) {
			division.add(StepPlan.FLAT, 0, chunks[s], plan.addItemSequence(s), 1, rows);
		}
		division.emit(plan, 0);
		return plan;
	}

	/** When the last part ends, if each goes in turn to the slot that is free first. */
	private static long end(StepPlan plan, int slots) {
		PriorityQueue<Long> free = new PriorityQueue<>();
		for (int i = 0; i < slots; i++) {
			free.add(0L);
		}
		long last = 0;
		for (int item = 0; item < plan.items().count(); item++) {
			long done = free.remove() + plan.items().get(item, 3);
			last = Math.max(last, done);
			free.add(done);
		}
		return last;
	}

	/** Bytes of partial results, written and read, over those of keys and values. */
	private static double merged(StepPlan plan) {
		double dim = 128;
		double partial = 0;
		double keys = 0;
		for (int item = 0; item < plan.items().count(); item++) {
			keys += plan.items().get(item, 3) * StepPlan.ATTENTION_CHUNK * 2 * dim * 2;
			partial += (plan.items().get(item, 1) == StepPlan.PARTIAL) ? 2 * GROUP * (dim + 2) * 4 : 0;
		}
		return partial / keys;
	}

}
