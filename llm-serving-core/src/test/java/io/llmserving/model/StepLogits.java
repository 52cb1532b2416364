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
		return outputs(program, tokens, chunk, StepPlan.LOGITS, program.spec().vocabulary());
	}

	/**
	 * Returns the final hidden states {@code [position][width]} of all positions.
	 */
	static float[][] hidden(CompiledProgram program, int[] tokens, int chunk) {
		return outputs(program, tokens, chunk, StepPlan.HIDDEN, program.spec().widths()[program.spec().hidden()]);
	}

	private static float[][] outputs(CompiledProgram program, int[] tokens, int chunk, int kind, int width) {
		int[] windows = program.spec().windows();
		int columns = (tokens.length + BLOCK - 1) / BLOCK;
		StepLimits limits = new StepLimits(chunk, 1, chunk, 1, columns * windows.length, BLOCK, columns, windows.length,
				1, program.spec().vocabulary(), 0);
		float[][] outputs = new float[tokens.length][width];
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
				plan(plan, tokens, first, rows, windows, kind, outputs);
				runner.await(runner.submit(plan), result);
			}
		}
		return outputs;
	}

	private static void plan(StepPlan plan, int[] tokens, int first, int rows, int[] windows, int kind,
			float[][] outputs) {
		plan.clear();
		for (int row = 0; row < rows; row++) {
			plan.addToken(tokens[first + row]);
			int head = plan.addHeadRow(row);
			plan.addOutput(kind, (kind == StepPlan.LOGITS) ? head : row, outputs[first + row]);
		}
		plan.addSequence(0, rows, first, 0);
		int last = (first + rows - 1) / StepPlan.ATTENTION_CHUNK;
		for (int group = 0; group < windows.length; group++) {
			int start = (windows[group] == 0) ? 0 : Math.max(0, first - windows[group] + 1) / StepPlan.ATTENTION_CHUNK;
			plan.addItem(group, StepPlan.FLAT, start, last - start + 1, plan.addItemSequence(0), 1);
		}
	}

}
