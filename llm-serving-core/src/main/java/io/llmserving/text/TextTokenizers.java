package io.llmserving.text;

import java.nio.file.Path;

/**
 * Reads tokenizers. No network, no native code, nothing written to disk.
 */
public final class TextTokenizers {

	private TextTokenizers() {
	}

	/**
	 * Creates the tokenizer of a GGUF file.
	 * @throws TokenizerFormatException if it is of an unsupported kind or contradicts
	 * itself
	 */
	public static TextTokenizer fromGguf(GgufVocabulary vocabulary) {
		return GgufTokenizer.create(vocabulary);
	}

	/**
	 * Creates the tokenizer of a Hugging Face directory from its {@code tokenizer.json}
	 * and, if there, {@code tokenizer_config.json}.
	 * @throws TokenizerFormatException if a file is missing, unreadable, of an
	 * unsupported kind or contradicts itself
	 */
	public static TextTokenizer fromDirectory(Path directory) {
		return HuggingFaceTokenizer.read(directory);
	}

}
