package io.llmserving.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.InvalidRequestException;
import io.llmserving.autoconfigure.openai.RequestParser;

/**
 * Bodies of requests: what is wrong with them is the client's mistake, never the
 * server's.
 */
class RequestFuzzTests {

	private static final RequestParser parser = new RequestParser(JsonMapper.shared(), false);

	private static final RequestParser lenient = new RequestParser(JsonMapper.shared(), true);

	@FuzzTest(maxDuration = "2m")
	void aBodyIsParsedOrRefused(byte[] body) {
		attempt(() -> parser.chat(body, null));
		attempt(() -> lenient.chat(body, null));
		attempt(() -> parser.completion(body, "id"));
		attempt(() -> lenient.completion(body, null));
		attempt(() -> parser.tokenize(body));
		attempt(() -> parser.detokenize(body));
	}

	private static void attempt(Runnable parse) {
		try {
			parse.run();
		}
		catch (InvalidRequestException ex) {
			// Refused, as documented.
		}
	}

}
