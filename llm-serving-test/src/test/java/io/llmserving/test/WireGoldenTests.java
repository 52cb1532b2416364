package io.llmserving.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whole responses, byte for byte. The goldens were checked by hand against OpenAI's
 * published schema; only the time of creation is replaced.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WireGoldenTests {

	private WireServer server;

	@BeforeAll
	void start() {
		this.server = new WireServer("llm.serving.openai.max-request-size=2KB");
	}

	@AfterAll
	void stop() {
		this.server.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					chat-stream | /v1/chat/completions | {"model":"echo","messages":[{"role":"user","content":"hi"}],"stream":true}
					chat-stream-usage | /v1/chat/completions | {"model":"echo","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}
					chat-stream-two | /v1/chat/completions | {"model":"echo","messages":[{"role":"user","content":"hi"}],"stream":true,"n":2,"max_tokens":1}
					chat-stream-logprobs | /v1/chat/completions | {"model":"echo","messages":[{"role":"user","content":"hi"}],"stream":true,"logprobs":true,"top_logprobs":1,"return_token_ids":true}
					chat-whole | /v1/chat/completions | {"model":"echo","messages":[{"role":"user","content":"hi"}]}
					chat-whole-logprobs | /v1/chat/completions | {"model":"echo","messages":[{"role":"user","content":"hi"}],"n":2,"logprobs":true,"top_logprobs":1,"return_token_ids":true,"max_completion_tokens":2,"max_tokens":1}
					chat-whole-ids | /v1/chat/completions | {"model":"echo","messages":[{"role":"user","content":"hi"}],"logprobs":true,"return_tokens_as_token_ids":true}
					chat-stream-error | /v1/chat/completions | {"model":"breaks","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}
					chat-whole-error | /v1/chat/completions | {"model":"breaks","messages":[{"role":"user","content":"hi"}]}
					chat-overloaded | /v1/chat/completions | {"model":"full","messages":[{"role":"user","content":"hi"}],"stream":true}
					chat-no-model | /v1/chat/completions | {"model":"gpt-5","messages":[{"role":"user","content":"hi"}],"stream":true}
					chat-bad-field | /v1/chat/completions | {"messages":[{"role":"user","content":"hi"}],"best_of":2}
					chat-bad-json | /v1/chat/completions | {"messages":
					completion-stream | /v1/completions | {"model":"echo","prompt":"é?","stream":true,"echo":true,"logprobs":1,"stream_options":{"include_usage":true}}
					completion-stream-ids | /v1/completions | {"model":"echo","prompt":["a","b"],"stream":true,"return_token_ids":true,"max_tokens":1}
					completion-whole | /v1/completions | {"model":"echo","prompt":["a",[98,99]],"n":2,"max_tokens":2}
					completion-whole-echo | /v1/completions | {"model":"echo","prompt":[[195,169,63],[98]],"echo":true,"logprobs":1,"max_tokens":1}
					completion-whole-echo-only | /v1/completions | {"model":"echo","prompt":"ab","echo":true,"logprobs":1,"max_tokens":0}
					completion-stream-echo-only | /v1/completions | {"model":"echo","prompt":"ab","echo":true,"max_tokens":0,"stream":true}
					completion-whole-ids | /v1/completions | {"model":"echo","prompt":"ab","echo":true,"logprobs":0,"return_token_ids":true,"return_tokens_as_token_ids":true,"max_tokens":1}
					completion-empty | /v1/completions | {"prompt":""}
					tokenize | /v1/tokenize | {"prompt":"ab"}
					tokenize-chat | /v1/tokenize | {"messages":[{"role":"user","content":"é"}],"add_generation_prompt":false}
					detokenize | /v1/detokenize | {"tokens":[195,169,256]}
					detokenize-unknown | /v1/detokenize | {"tokens":[999]}
					models | /v1/models |
					model | /v1/models/org/name |
					model-unknown | /v1/models/a%2Fb |
					not-found | /v1/nothing |
					""")
	void theResponseIsTheGoldensToTheByte(String name, String path, String body) throws Exception {
		HttpResponse<String> response = (body != null)
				? this.server.post(path, body, "X-Request-Id", "r1", "Content-Type", "application/json")
				: this.server.send(this.server.request(path).GET());
		String retry = response.headers()
			.firstValue("retry-after")
			.map((value) -> "retry-after: " + value + "\n")
			.orElse("");
		String actual = "%d %s%n%s%n%s".formatted(response.statusCode(),
				response.headers().firstValue("content-type").orElse("-"), retry,
				response.body().replaceAll("\"created\":\\d+", "\"created\":1"));
		if (Boolean.getBoolean("goldens.write")) {
			Files.writeString(Path.of("src/test/resources/wire", name + ".txt"), actual);
		}
		assertThat(actual).isEqualTo(golden(name));
	}

	private static String golden(String name) throws IOException {
		if (Boolean.getBoolean("goldens.write")) {
			return Files.readString(Path.of("src/test/resources/wire", name + ".txt"));
		}
		try (InputStream stream = WireGoldenTests.class.getResourceAsStream("/wire/" + name + ".txt")) {
			return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
