package io.llmserving.runtime;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A forward pass as data: what {@link ProgramBuilder} recorded and a device compiles.
 * Mirrors {@code llm_program_options} of the native header.
 *
 * @param vocabulary number of token ids
 * @param ops the operations in order
 * @param widths width of each value
 * @param tensors what the operations' weights refer to
 * @param caches keys and values of each attention layer
 * @param windows window of each KV group in tokens, 0 for none
 * @param hidden the value of the final hidden states
 * @param head the tensor of the head
 * @param logitScale multiplies the logits
 * @param logitCap soft cap of the logits, 0 for none
 */
public record ProgramSpec(int vocabulary, List<Op> ops, int[] widths, List<TensorRef> tensors, List<Cache> caches,
		int[] windows, int hidden, int head, float logitScale, float logitCap) {

	/**
	 * One operation; the fields are those of {@code llm_op}.
	 */
	public record Op(int kind, int[] in, int out, int[] weight, int[] i, float[] f) {
	}

	/**
	 * Keys and values of one attention layer.
	 *
	 * @param group its KV group
	 * @param layer its index within the group
	 * @param heads heads of keys and values
	 * @param keyDim dimensions of a key
	 * @param valueDim dimensions of a value
	 */
	public record Cache(int group, int layer, int heads, int keyDim, int valueDim) {
	}

	/**
	 * A weight.
	 */
	public sealed interface TensorRef {

		/**
		 * A matrix as its file holds it, to be packed for the device.
		 *
		 * @param name its name, for messages
		 * @param type its type, a number of {@code llm_type}
		 * @param rows output dimensions
		 * @param columns input dimensions
		 * @param data row-major blocks of the type
		 */
		record Matrix(String name, int type, long rows, long columns, MemorySegment data) implements TensorRef {
		}

		/**
		 * A vector of f32.
		 *
		 * @param name its name, for messages
		 * @param values its values
		 */
		record Vector(String name, float[] values) implements TensorRef {
		}

	}

}
