package io.llmserving.model;

import io.llmserving.runtime.ProgramBuilder;

/**
 * KV groups of a model whose global layers follow local ones in a fixed pattern. Groups
 * have as many layers as there are layers of the rarer kind, so that their blocks are of
 * one size; only the last group of a kind may have fewer.
 */
final class LayerGroups {

	private final int pattern;

	private final int[] groups;

	/**
	 * Declares the groups.
	 * @param pattern every layer whose number, from 1, is a multiple of it is global
	 * @param window of the local layers
	 */
	LayerGroups(ProgramBuilder program, int layers, int pattern, int window) {
		this.pattern = pattern;
		this.groups = new int[layers];
		int global = layers / pattern;
		int size = Math.max(1, Math.min(global, layers - global));
		assign(program, true, size, 0);
		assign(program, false, size, window);
	}

	boolean global(int layer) {
		return (layer + 1) % this.pattern == 0;
	}

	int of(int layer) {
		return this.groups[layer];
	}

	private void assign(ProgramBuilder program, boolean global, int size, int window) {
		int seen = 0;
		int group = 0;
		for (int layer = 0; layer < this.groups.length; layer++) {
			if (global(layer) != global) {
				continue;
			}
			if (seen % size == 0) {
				group = program.group(window);
			}
			this.groups[layer] = group;
			seen++;
		}
	}

}
