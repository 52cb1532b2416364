package io.llmserving.api;

import java.util.Map;

/**
 * What is known of a ready engine.
 *
 * @param model the model's id
 * @param architecture the model's architecture, such as {@code llama}
 * @param quantization the type of most of its weights, such as {@code Q4_1}
 * @param parameters number of parameters
 * @param contextLength the most tokens a sequence may have, prompt and answer together
 * @param vocabularySize number of token ids
 * @param device the device it runs on and the instruction set chosen there
 * @param weightBytes bytes of packed weights
 * @param cacheBlocks blocks in the cache's pool
 * @param blockSize tokens per block
 * @param cacheBytes bytes of the cache's pool
 * @param fingerprint hash of all that the bits of an answer depend on
 * @param details further facts for people, in display order
 */
public record EngineInfo(String model, String architecture, String quantization, long parameters, int contextLength,
		int vocabularySize, String device, long weightBytes, int cacheBlocks, int blockSize, long cacheBytes,
		String fingerprint, Map<String, String> details) {
}
