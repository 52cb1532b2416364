package io.llmserving.engine;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.StepPlan;

/**
 * Holds a plan's attention items to what the native library asks for: over the items of a
 * group each visible chunk of each sequence occurs exactly once, shared ones only where
 * blocks are the same.
 */
final class ItemCheck {

	private final BlockTables tables;

	private final int blockSize;

	private final int[] windows;

	ItemCheck(BlockTables tables, int blockSize, int[] windows) {
		this.tables = tables;
		this.blockSize = blockSize;
		this.windows = windows.clone();
	}

	/** Checks all items; returns how many are shared. */
	int check(StepPlan step) {
		int shared = 0;
		for (int group = 0; group < this.windows.length; group++) {
			int[][] seen = new int[step.sequences().count()][];
			int[] modes = new int[seen.length];
			for (int s = 0; s < seen.length; s++) {
				seen[s] = new int[last(step, s) + 1];
				modes[s] = -1;
			}
			for (int item = 0; item < step.items().count(); item++) {
				if (step.items().get(item, 0) == group) {
					shared += visit(step, item, seen, modes) ? 1 : 0;
				}
			}
			for (int s = 0; s < seen.length; s++) {
				for (int chunk = 0; chunk < seen[s].length; chunk++) {
					int expected = (chunk >= first(step, group, s)) ? 1 : 0;
					ScriptedRunner.check(seen[s][chunk] == expected,
							"chunk %d of sequence %d in group %d occurs %d times".formatted(chunk, s, group,
									seen[s][chunk]));
				}
			}
		}
		return shared;
	}

	private boolean visit(StepPlan step, int item, int[][] seen, int[] modes) {
		int group = step.items().get(item, 0);
		int mode = step.items().get(item, 1);
		int begin = step.items().get(item, 2);
		int end = begin + step.items().get(item, 3);
		int count = step.items().get(item, 5);
		int leader = step.itemSequences().get(step.items().get(item, 4), 0);
		ScriptedRunner.check(mode == StepPlan.PARTIAL || count == 1, "a flat item has one sequence");
		for (int i = 0; i < count; i++) {
			int s = step.itemSequences().get(step.items().get(item, 4) + i, 0);
			ScriptedRunner.check(modes[s] < 0 || modes[s] == mode, "a sequence is flat and partial");
			modes[s] = mode;
			for (int chunk = Math.max(begin, first(step, group, s)); chunk < Math.min(end, seen[s].length); chunk++) {
				seen[s][chunk]++;
				ScriptedRunner.check(s == leader || same(step, group, leader, s, chunk), "an item's blocks differ");
			}
		}
		return count > 1;
	}

	private boolean same(StepPlan step, int group, int a, int b, int chunk) {
		for (int key = chunk * StepPlan.ATTENTION_CHUNK; key < (chunk + 1) * StepPlan.ATTENTION_CHUNK; key++) {
			int column = key / this.blockSize;
			int block = this.tables.get(group, step.sequences().get(a, 3), column);
			if (block == BlockTables.NONE || block != this.tables.get(group, step.sequences().get(b, 3), column)) {
				return false;
			}
		}
		return true;
	}

	private int first(StepPlan step, int group, int s) {
		int position = step.sequences().get(s, 2);
		return (this.windows[group] == 0) ? 0
				: Math.max(0, position - this.windows[group] + 1) / StepPlan.ATTENTION_CHUNK;
	}

	private static int last(StepPlan step, int s) {
		return (step.sequences().get(s, 2) + step.sequences().get(s, 1) - 1) / StepPlan.ATTENTION_CHUNK;
	}

}
