package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.text.ChatTemplateSource;
import io.llmserving.text.TextTokenizer;
import io.llmserving.text.TextTokenizers;
import io.llmserving.weights.GgufFile;
import io.llmserving.weights.GgufMetadata;
import io.llmserving.weights.ModelFileException;

/**
 * A model from a GGUF file.
 */
final class GgufModel implements OpenModel {

	private static final String SAMPLING = "general.sampling.";

	private final GgufFile file;

	private final ModelConfig config;

	private final GgufText text;

	private final int[] eos;

	private final SamplingParameters sampling;

	private final WeightSummary summary;

	private boolean closed;

	private GgufModel(GgufFile file, int contextLength) throws ModelFileException {
		this.file = file;
		this.config = GgufConfig.read(file, contextLength);
		this.text = new GgufText(file, this.config.architecture());
		this.eos = this.text.eos();
		this.sampling = sampling(file.metadata());
		this.summary = WeightSummary.of(file);
	}

	static GgufModel open(Path path, int contextLength) throws IOException {
		GgufFile file = GgufFile.open(path);
		try {
			return new GgufModel(file, contextLength);
		}
		catch (ModelFileException | RuntimeException ex) {
			file.close();
			throw ex;
		}
	}

	@Override
	public Path path() {
		return this.file.path();
	}

	@Override
	public ModelConfig config() {
		return this.config;
	}

	@Override
	public ProgramSpec program() throws ModelFileException {
		return Architectures.program(this.config, new ModelWeights(this.file, TensorNames.GGUF));
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
		return this.eos.clone();
	}

	@Override
	public SamplingParameters sampling() {
		return this.sampling;
	}

	@Override
	public String revision() {
		return ModelRevision.of(this.config, this.file);
	}

	@Override
	public TextTokenizer tokenizer() {
		return TextTokenizers.fromGguf(this.text.vocabulary());
	}

	@Override
	public @Nullable ChatTemplateSource chatTemplate() {
		return ChatTemplateSource.of(this.text.vocabulary());
	}

	@Override
	public void close() {
		if (!this.closed) {
			this.closed = true;
			this.file.close();
		}
	}

	private static SamplingParameters sampling(GgufMetadata metadata) throws ModelFileException {
		return SamplingParameters.builder()
			.temperature(number(metadata, "temp"))
			.topP(number(metadata, "top_p"))
			.minP(number(metadata, "min_p"))
			.topK(metadata.has(SAMPLING + "top_k") ? (int) metadata.integer(SAMPLING + "top_k", 0) : null)
			.repetitionPenalty(number(metadata, "penalty_repeat"))
			.build();
	}

	private static @Nullable Float number(GgufMetadata metadata, String key) throws ModelFileException {
		return metadata.has(SAMPLING + key) ? (float) metadata.number(SAMPLING + key, 0.0) : null;
	}

}
