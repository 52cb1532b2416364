package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.text.ChatTemplateSource;
import io.llmserving.text.TextTokenizer;
import io.llmserving.text.TextTokenizers;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.SafetensorsDirectory;

/**
 * A model from a Hugging Face directory.
 */
final class HuggingFaceModel implements OpenModel {

	// Where decoders lie: alone, and beside an image encoder as different versions of
	// transformers save them.
	private static final Set<String> DECODERS = Set.of("model.", "language_model.model.", "model.language_model.");

	private final SafetensorsDirectory tensors;

	private final ModelConfig config;

	private final GenerationConfig generation;

	private final WeightSummary summary;

	private boolean closed;

	private HuggingFaceModel(SafetensorsDirectory tensors, ModelConfig config, GenerationConfig generation) {
		this.tensors = tensors;
		this.config = config;
		this.generation = generation;
		this.summary = WeightSummary.of(tensors);
	}

	static HuggingFaceModel open(Path directory, int contextLength) throws IOException {
		ModelConfig config = HuggingFaceConfig.read(directory, contextLength);
		GenerationConfig generation = GenerationConfig.read(directory, config.vocabulary());
		return new HuggingFaceModel(SafetensorsDirectory.open(directory), config, generation);
	}

	@Override
	public Path path() {
		return this.tensors.path();
	}

	@Override
	public ModelConfig config() {
		return this.config;
	}

	@Override
	public ProgramSpec program() throws ModelFileException {
		boolean sandwich = Architectures.gemma(this.config.architecture());
		TensorNames names = TensorNames.huggingFace(decoder(), sandwich);
		return Architectures.program(this.config, new ModelWeights(this.tensors, names));
	}

	@Override
	public long parameters() {
		return this.summary.parameters();
	}

	@Override
	public String quantization() {
		return this.summary.type().name();
	}

	@Override
	public long weightBytes() {
		return this.summary.bytes();
	}

	@Override
	public int[] eos() {
		return this.generation.eos().clone();
	}

	@Override
	public SamplingParameters sampling() {
		return this.generation.sampling();
	}

	@Override
	public String revision() {
		return ModelRevision.of(this.config, this.tensors);
	}

	@Override
	public TextTokenizer tokenizer() {
		return TextTokenizers.fromDirectory(path());
	}

	@Override
	public @Nullable ChatTemplateSource chatTemplate() {
		return ChatTemplateSource.fromDirectory(path());
	}

	@Override
	public void close() {
		if (!this.closed) {
			this.closed = true;
			this.tensors.close();
		}
	}

	private String decoder() throws ModelFileException {
		for (String decoder : DECODERS) {
			if (this.tensors.tensor(decoder + "embed_tokens.weight") != null) {
				return decoder;
			}
		}
		throw new ModelFileException(path(), "tensor 'model.embed_tokens.weight' is missing");
	}

}
