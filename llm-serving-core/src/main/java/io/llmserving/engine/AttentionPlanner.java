package io.llmserving.engine;

import io.llmserving.runtime.StepPlan;

/**
 * Divides a step's attention into items, so that over the items of a group each visible
 * chunk of each sequence occurs exactly once.
 */
final class AttentionPlanner {

	private final int[] windows;

	AttentionPlanner(int[] windows) {
		this.windows = windows;
	}

	void plan(StepPlan plan) {
		for (int sequence = 0; sequence < plan.sequences().count(); sequence++) {
			int rows = plan.sequences().get(sequence, 1);
			int position = plan.sequences().get(sequence, 2);
			int last = (position + rows - 1) / StepPlan.ATTENTION_CHUNK;
			for (int group = 0; group < this.windows.length; group++) {
				int window = this.windows[group];
				int first = (window == 0) ? 0 : Math.max(0, position - window + 1) / StepPlan.ATTENTION_CHUNK;
				int entry = plan.addItemSequence(sequence);
				plan.addItem(group, StepPlan.FLAT, first, last - first + 1, entry, 1);
			}
		}
	}

}
