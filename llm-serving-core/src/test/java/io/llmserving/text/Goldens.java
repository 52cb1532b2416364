package io.llmserving.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code src/test/python/tokenizer_goldens.py} recorded.
 */
final class Goldens {

	private Goldens() {
	}

	static JsonNode read(String name) {
		try (InputStream in = new GZIPInputStream(
				Objects.requireNonNull(Goldens.class.getResourceAsStream(name), name))) {
			return JsonMapper.shared().readTree(in);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static Path directory(String name) {
		try {
			return Path.of(Objects.requireNonNull(Goldens.class.getResource(name + "/tokenizer.json"), name).toURI())
				.resolveSibling("");
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static List<String> strings(String field) {
		return strings(read("strings.json.gz").path(field));
	}

	static int[] ints(JsonNode array) {
		return array.values().stream().mapToInt(JsonNode::asInt).toArray();
	}

	private static List<String> strings(JsonNode array) {
		return array.values().stream().map(JsonNode::asString).toList();
	}

	/**
	 * Reads a vocabulary that was recorded as a GGUF file has it.
	 */
	static GgufVocabulary gguf(String name) {
		JsonNode node = read(name + ".json.gz");
		JsonNode scores = node.path("scores");
		float[] values = new float[scores.size()];
		for (int i = 0; i < values.length; i++) {
			values[i] = scores.get(i).floatValue();
		}
		GgufVocabulary.Settings settings = new GgufVocabulary.Settings(integer(node.path("bos")),
				integer(node.path("eos")), integer(node.path("unknown")), bool(node.path("addBos")),
				bool(node.path("addEos")), bool(node.path("addSpacePrefix")), false,
				node.path("chatTemplate").isString() ? node.path("chatTemplate").asString() : null);
		return new GgufVocabulary(node.path("model").asString(), node.path("pre").asString(),
				strings(node.path("tokens")), values, ints(node.path("types")), strings(node.path("merges")), settings);
	}

	/**
	 * Writes a byte-level {@code tokenizer.json} as a GGUF file would have it.
	 */
	static GgufVocabulary ggufOfDirectory(String name, String pre, @Nullable Boolean addBos) {
		JsonNode root = JsonFiles.read(directory(name).resolve("tokenizer.json"));
		JsonNode model = root.path("model");
		List<String> tokens = new ArrayList<>();
		int size = model.path("vocab").size();
		for (JsonNode added : root.path("added_tokens").values()) {
			size = Math.max(size, added.path("id").asInt() + 1);
		}
		int[] types = new int[size];
		Arrays.fill(types, GgufVocabulary.NORMAL);
		tokens.addAll(Collections.nCopies(size, ""));
		model.path("vocab").properties().forEach((entry) -> tokens.set(entry.getValue().asInt(), entry.getKey()));
		for (JsonNode added : root.path("added_tokens").values()) {
			tokens.set(added.path("id").asInt(), added.path("content").asString());
			types[added.path("id").asInt()] = added.path("special").asBoolean() ? GgufVocabulary.CONTROL
					: GgufVocabulary.USER_DEFINED;
		}
		List<String> merges = model.path("merges")
			.values()
			.stream()
			.map((merge) -> merge.path(0).asString() + " " + merge.path(1).asString())
			.toList();
		return new GgufVocabulary("gpt2", pre, tokens, new float[0], types, merges,
				new GgufVocabulary.Settings(0, 1, null, addBos, null, null, false, null));
	}

	private static @Nullable Integer integer(JsonNode node) {
		return node.isNumber() ? node.asInt() : null;
	}

	private static @Nullable Boolean bool(JsonNode node) {
		return node.isBoolean() ? node.asBoolean() : null;
	}

}
