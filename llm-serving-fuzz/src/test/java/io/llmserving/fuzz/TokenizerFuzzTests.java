package io.llmserving.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.llmserving.api.InvalidRequestException;
import io.llmserving.text.TextTokenizer;
import io.llmserving.text.TextTokenizers;
import io.llmserving.text.TokenizerFormatException;

/**
 * Tokenizer files of Hugging Face directories.
 */
class TokenizerFuzzTests {

	private static final Scratch scratch = new Scratch();

	@FuzzTest(maxDuration = "2m")
	void aTokenizerIsReadOrRefused(byte[] content) {
		scratch.write("tokenizer.json", content);
		try {
			TextTokenizer tokenizer = TextTokenizers.fromDirectory(scratch.directory());
			tokenizer.encode("Hello, wörld 😀 <|im_end|> 123\n\n", true, true);
		}
		catch (TokenizerFormatException | InvalidRequestException ex) {
			// The file or, where its pattern has no end, the text is refused.
		}
	}

}
