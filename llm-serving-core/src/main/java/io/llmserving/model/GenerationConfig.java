package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.SamplingParameters;
import io.llmserving.weights.JsonMetadata;
import io.llmserving.weights.ModelFileException;

/**
 * What a Hugging Face directory says about generating: {@code generation_config.json},
 * and where it says nothing of the end, {@code config.json}. Ids that end an answer are
 * joined by the tokenizer's own end of sequence, because the files of fine-tuned models
 * often disagree.
 *
 * @param eos ids that end an answer
 * @param sampling what is set there
 */
record GenerationConfig(int[] eos, SamplingParameters sampling) {

	private static final String EOS = "eos_token_id";

	static GenerationConfig read(Path directory, int vocabulary) throws IOException {
		JsonMetadata generation = JsonMetadata.readIfPresent(directory.resolve("generation_config.json"));
		JsonMetadata model = JsonMetadata.readIfPresent(directory.resolve("config.json"));
		JsonMetadata text = model.object("text_config");
		Set<Integer> ids = new LinkedHashSet<>();
		for (JsonMetadata source : new @Nullable JsonMetadata[] { generation, model, text }) {
			if (ids.isEmpty() && source != null) {
				addIds(source, vocabulary, ids);
			}
		}
		Integer own = tokenizersEnd(directory);
		if (own != null && own < vocabulary) {
			ids.add(own);
		}
		return new GenerationConfig(ids.stream().mapToInt(Integer::intValue).toArray(), sampling(generation));
	}

	private static void addIds(JsonMetadata source, int vocabulary, Set<Integer> ids) throws ModelFileException {
		long[] values = source.integers(EOS);
		for (long id : (values != null) ? values : new long[0]) {
			if (id < 0 || id >= vocabulary) {
				throw new ModelFileException(source.path(),
						"'%s' is %d, the vocabulary has %d tokens".formatted(EOS, id, vocabulary));
			}
			ids.add((int) id);
		}
	}

	private static @Nullable Integer tokenizersEnd(Path directory) throws IOException {
		JsonMetadata config = JsonMetadata.readIfPresent(directory.resolve("tokenizer_config.json"));
		JsonMetadata added = config.object("added_tokens_decoder");
		JsonMetadata described = config.isText("eos_token") ? null : config.object("eos_token");
		String end = (described != null) ? described.text("content") : config.text("eos_token");
		if (added == null || end == null) {
			return null;
		}
		for (String id : added.keys()) {
			JsonMetadata token = added.object(id);
			if (token != null && end.equals(token.text("content")) && id.matches("\\d{1,9}")) {
				return Integer.valueOf(id);
			}
		}
		return null;
	}

	private static SamplingParameters sampling(JsonMetadata generation) throws ModelFileException {
		return SamplingParameters.builder()
			.temperature(number(generation, "temperature"))
			.topP(number(generation, "top_p"))
			.minP(number(generation, "min_p"))
			.topK(topK(generation))
			.repetitionPenalty(number(generation, "repetition_penalty"))
			.build();
	}

	private static @Nullable Integer topK(JsonMetadata generation) throws ModelFileException {
		if (!generation.has("top_k")) {
			return null;
		}
		long value = generation.integer("top_k", 0);
		if (value != (int) value) {
			throw new ModelFileException(generation.path(), "'top_k' is %d".formatted(value));
		}
		return (int) value;
	}

	private static @Nullable Float number(JsonMetadata generation, String key) throws ModelFileException {
		return generation.has(key) ? (float) generation.number(key, 0.0) : null;
	}

}
