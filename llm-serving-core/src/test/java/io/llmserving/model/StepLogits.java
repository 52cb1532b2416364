package io.llmserving.model;

import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;

/**
 * Runs one sequence through a compiled program, a chunk of tokens at a time.
 */
final class StepLogits {

	private static final int BLOCK = 16;

	private StepLogits() {
	}

	/**
	 * Returns the logits {@code [position][vocabulary]} of all positions.
	 */
	static float[][] of(CompiledProgram program, int[] tokens, int chunk) {
		int[] windows = program.spec().windows();
		int vocabulary = program.spec().vocabulary();
		int columns = (tokens.length + BLOCK - 1) / BLOCK;
		StepLimits limits = new StepLimits(chunk, 1, chunk, 1, columns * windows.length, BLOCK, columns, windows.length,
				1, vocabulary, 0);
		float[][] logits = new float[tokens.length][vocabulary];
		try (StepRunner runner = program.runner(limits)) {
			int block = 0;
			for (int column = 0; column < columns; column++) {
				for (int group = 0; group < windows.length; group++) {
					runner.tables().set(group, 0, column, block++);
				}
			}
			StepPlan plan = new StepPlan();
			StepResult result = new StepResult();
			for (int first = 0; first < tokens.length; first += chunk) {
				int rows = Math.min(chunk, tokens.length - first);
				plan(plan, tokens, first, rows, windows, logits);
				runner.await(runner.submit(plan), result);
			}
		}
		return logits;
	}

	private static void plan(StepPlan plan, int[] tokens, int first, int rows, int[] windows, float[][] logits) {
		plan.clear();
		for (int row = 0; row < rows; row++) {
			plan.addToken(tokens[first + row]);
			plan.addOutput(StepPlan.LOGITS, plan.addHeadRow(row), logits[first + row]);
		}
		plan.addSequence(0, rows, first, 0);
		int last = (first + rows - 1) / StepPlan.ATTENTION_CHUNK;
		for (int group = 0; group < windows.length; group++) {
			int start = (windows[group] == 0) ? 0 : Math.max(0, first - windows[group] + 1) / StepPlan.ATTENTION_CHUNK;
			plan.addItem(group, StepPlan.FLAT, start, last - start + 1, plan.addItemSequence(0), 1);
		}
	}

}
