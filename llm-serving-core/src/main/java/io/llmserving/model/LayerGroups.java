package io.llmserving.model;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.llmserving.model.ModelConfig.LayerAttention;
import io.llmserving.runtime.ProgramBuilder;

/**
 * KV groups of a model: layers of one group have one window. Groups have as many layers
 * as there are layers of the rarest window, so that their blocks are of one size; only
 * the last group of a window may have fewer.
 */
final class LayerGroups {

	private final int[] groups;

	LayerGroups(ProgramBuilder program, List<LayerAttention> layers) {
		this.groups = new int[layers.size()];
		Map<Integer, Long> counts = layers.stream()
			.collect(Collectors.groupingBy(LayerAttention::window, TreeMap::new, Collectors.counting()));
		int size = counts.values().stream().mapToInt(Long::intValue).min().orElse(1);
		for (int window : counts.keySet()) {
			assign(program, layers, window, size);
		}
	}

	int of(int layer) {
		return this.groups[layer];
	}

	private void assign(ProgramBuilder program, List<LayerAttention> layers, int window, int size) {
		int seen = 0;
		int group = 0;
		for (int layer = 0; layer < this.groups.length; layer++) {
			if (layers.get(layer).window() != window) {
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
