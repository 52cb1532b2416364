package io.llmserving.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.StepPlan;

/**
 * Ways to divide a step's attention into items, none of which may change a bit.
 */
public enum AttentionItems {

	/** One item per sequence. */
	FLAT {

		@Override
		void plan(StepPlan plan, int group, List<Chunks> sequences, BlockTables tables) {
			for (Chunks chunks : sequences) {
				plan.addItem(group, StepPlan.FLAT, chunks.first, chunks.last - chunks.first + 1,
						plan.addItemSequence(chunks.sequence), 1);
			}
		}

	},

	/** One item per sequence and chunk, the last chunk first. */
	SPLIT {

		@Override
		void plan(StepPlan plan, int group, List<Chunks> sequences, BlockTables tables) {
			for (Chunks chunks : sequences) {
				for (int chunk = chunks.last; chunk >= chunks.first; chunk--) {
					plan.addItem(group, StepPlan.PARTIAL, chunk, 1, plan.addItemSequence(chunks.sequence), 1);
				}
			}
		}

	},

	/** One item per chunk for all sequences that have the same blocks there. */
	SHARED {

		@Override
		void plan(StepPlan plan, int group, List<Chunks> sequences, BlockTables tables) {
			Map<List<Integer>, List<Integer>> items = new LinkedHashMap<>();
			for (Chunks chunks : sequences) {
				int row = plan.sequences().get(chunks.sequence, 3);
				for (int chunk = chunks.first; chunk <= chunks.last; chunk++) {
					items.computeIfAbsent(key(tables, group, row, chunk), (key) -> new ArrayList<>())
						.add(chunks.sequence);
				}
			}
			items.forEach((key, members) -> {
				int first = plan.itemSequences().count();
				members.forEach(plan::addItemSequence);
				plan.addItem(group, StepPlan.PARTIAL, key.getFirst(), 1, first, members.size());
			});
		}

	};

	/**
	 * The chunks that a sequence of the plan sees in a group.
	 */
	record Chunks(int sequence, int first, int last) {
	}

	abstract void plan(StepPlan plan, int group, List<Chunks> sequences, BlockTables tables);

	void plan(StepPlan plan, int[] windows, BlockTables tables) {
		for (int group = 0; group < windows.length; group++) {
			List<Chunks> sequences = new ArrayList<>();
			for (int sequence = 0; sequence < plan.sequences().count(); sequence++) {
				int position = plan.sequences().get(sequence, 2);
				int last = position + plan.sequences().get(sequence, 1) - 1;
				int lowest = (windows[group] == 0) ? 0 : Math.max(0, position - windows[group] + 1);
				sequences.add(new Chunks(sequence, lowest / StepPlan.ATTENTION_CHUNK, last / StepPlan.ATTENTION_CHUNK));
			}
			plan(plan, group, sequences, tables);
		}
	}

	// The chunk and its blocks.
	private static List<Integer> key(BlockTables tables, int group, int row, int chunk) {
		int columns = StepPlan.ATTENTION_CHUNK / StepDriver.BLOCK;
		List<Integer> key = new ArrayList<>();
		key.add(chunk);
		for (int column = chunk * columns; column < Math.min((chunk + 1) * columns, tables.columns()); column++) {
			key.add(tables.get(group, row, column));
		}
		return key;
	}

}
