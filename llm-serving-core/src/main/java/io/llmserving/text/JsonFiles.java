package io.llmserving.text;

import java.io.InputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * Reads the JSON files of a Hugging Face directory.
 */
final class JsonFiles {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private JsonFiles() {
	}

	/**
	 * Reads the file, or gives a missing node if there is none.
	 */
	static JsonNode readIfPresent(Path file) {
		return Files.exists(file) ? read(file) : MissingNode.getInstance();
	}

	static JsonNode read(Path file) {
		try (InputStream in = Files.newInputStream(file)) {
			return MAPPER.readTree(in);
		}
		catch (IOException | JacksonException ex) {
			throw new TokenizerFormatException("Cannot read %s: %s".formatted(file, ex.getMessage()), ex);
		}
	}

}
