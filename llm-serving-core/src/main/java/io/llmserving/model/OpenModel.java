package io.llmserving.model;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.text.ChatTemplateSource;
import io.llmserving.text.TextTokenizer;
import io.llmserving.text.TokenizerFormatException;
import io.llmserving.weights.ModelFileException;

/**
 * A model whose configuration has been read and whose weights are mapped, from a GGUF
 * file or a Hugging Face directory. Used by one thread at a time. It can be closed as
 * soon as programs are compiled and the tokenizer is made: none of its answers but
 * {@link #program()} refers to mapped memory.
 */
public sealed interface OpenModel extends AutoCloseable permits GgufModel, HuggingFaceModel {

	/** The file or the directory. */
	Path path();

	/** The numbers of the model. */
	ModelConfig config();

	/**
	 * Writes the forward pass. It refers to mapped weights until it is compiled.
	 * @throws ModelFileException if a tensor is missing or of another shape or type than
	 * the configuration asks for
	 */
	ProgramSpec program() throws ModelFileException;

	/** Number of values of all tensors. */
	long parameters();

	/** Name of the type that most of the weights' bytes have, such as {@code Q4_1}. */
	String quantization();

	/** Bytes of all tensors in the file. */
	long weightBytes();

	/**
	 * Ids of the tokens that end an answer, without duplicates, possibly none: all that
	 * the files name, and, of a GGUF file, control tokens known to end a turn.
	 */
	int[] eos();

	/** What the model's makers say about sampling; unset where they say nothing. */
	SamplingParameters sampling();

	/**
	 * Identifies what the model computes: 32 hexadecimal digits, a hash of its numbers,
	 * the rotation chosen for the context length included, of every tensor's name, type
	 * and shape, and of a few bytes at its start, middle and end. The same whatever a
	 * file is called, when it was written and where. Weights that differ in other bytes
	 * alone are not told apart, which training never brings about.
	 */
	String revision();

	/**
	 * Makes the tokenizer, anew with each call.
	 * @throws TokenizerFormatException if the model's tokenizer cannot be used
	 */
	TextTokenizer tokenizer();

	/**
	 * Returns the chat template, null if there is none.
	 * @throws TokenizerFormatException if it cannot be read
	 */
	@Nullable ChatTemplateSource chatTemplate();

	/**
	 * Unmaps the weights. Again without effect.
	 */
	@Override
	void close();

}
