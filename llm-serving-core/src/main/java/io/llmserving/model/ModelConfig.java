package io.llmserving.model;

/**
 * The numbers of a decoder.
 *
 * @param architecture its name, such as {@code llama}
 * @param layers number of layers
 * @param hidden width of the hidden states
 * @param feedForward width of the feed-forward block
 * @param heads query heads
 * @param keyValueHeads heads of keys and values
 * @param headDim dimensions of a head
 * @param rotated dimensions of a head that are rotated
 * @param ropeBase base of the rotary frequencies
 * @param normEpsilon epsilon of the norms
 * @param vocabulary number of token ids
 * @param contextLength tokens that the model was trained for
 * @param window sliding window of its local layers, 0 for none
 */
public record ModelConfig(String architecture, int layers, int hidden, int feedForward, int heads, int keyValueHeads,
		int headDim, int rotated, double ropeBase, float normEpsilon, int vocabulary, int contextLength, int window) {
}
