package io.llmserving.autoconfigure.playground;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.CacheMap;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.LlmEngine;

/**
 * How engines are doing, as the page reads it.
 */
final class EngineJson {

	/** A letter for each use of a block, in the order of their ordinals. */
	private static final char[] LETTERS = { '.', 'c', 'h', 's' };

	private EngineJson() {
	}

	static String frame(List<LlmEngine> engines) {
		List<Map<String, Object>> models = engines.stream().map(EngineJson::describe).toList();
		return "data: " + JsonMapper.shared().writeValueAsString(Map.of("models", models)) + "\n\n";
	}

	private static Map<String, Object> describe(LlmEngine engine) {
		EngineStatistics statistics = engine.statistics();
		CacheMap cache = engine.cacheMap();
		Map<String, Object> model = new LinkedHashMap<>();
		model.put("id", engine.id());
		model.put("state", engine.state().name());
		model.put("waiting", statistics.waiting());
		model.put("running", statistics.running());
		model.put("steps", statistics.steps());
		model.put("promptTokens", statistics.promptTokens());
		model.put("generatedTokens", statistics.generatedTokens());
		model.put("prefixQueried", statistics.prefixQueriedTokens());
		model.put("prefixHits", statistics.prefixHitTokens());
		model.put("preemptions", statistics.preemptions());
		model.put("finished", statistics.requestsFinished());
		model.put("cancelled", statistics.requestsCancelled());
		model.put("failed", statistics.requestsFailed());
		model.put("restarts", statistics.restarts());
		model.put("blocks", statistics.blocksTotal());
		model.put("used", statistics.blocksUsed());
		model.put("cached", statistics.blocksCached());
		model.put("shared", cache.shared());
		model.put("blocksPerCell", cache.blocksPerCell());
		model.put("cells", letters(cache.cells()));
		return model;
	}

	private static String letters(byte[] cells) {
		StringBuilder letters = new StringBuilder(cells.length);
		for (byte cell : cells) {
			letters.append(LETTERS[cell]);
		}
		return letters.toString();
	}

}
