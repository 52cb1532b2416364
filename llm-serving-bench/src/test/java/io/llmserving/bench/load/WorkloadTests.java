package io.llmserving.bench.load;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link SyntheticWorkload}, {@link TraceWorkload} and {@link RequestBodies}.
 */
class WorkloadTests {

	private static final Target TARGET = new Target(URI.create("http://localhost:1/v1"), "m", null, false, Map.of());

	@Test
	void promptsShareTheirStartAndNothingElse() {
		List<String> prompts = prompts(synthetic(20, 1).requests(10, 0));
		List<String> starts = prompts.stream().map((prompt) -> words(prompt, 0, 20)).distinct().toList();
		List<String> tails = prompts.stream().map((prompt) -> words(prompt, 20, 50)).distinct().toList();
		assertThat(starts).hasSize(1);
		assertThat(tails).hasSize(10);
		assertThat(prompts).allMatch((prompt) -> prompt.split(" ").length == 50);
	}

	@Test
	void severalPrefixesAreUsedInTurn() {
		List<String> starts = prompts(synthetic(20, 3).requests(9, 0)).stream()
			.map((prompt) -> words(prompt, 0, 20))
			.toList();
		assertThat(starts.subList(0, 3)).doesNotHaveDuplicates()
			.isEqualTo(starts.subList(3, 6))
			.isEqualTo(starts.subList(6, 9));
	}

	@Test
	void everyRunHasFreshPromptsWithTheSameSharedStart() {
		List<String> first = prompts(synthetic(20, 1).requests(5, 0));
		List<String> second = prompts(synthetic(20, 1).requests(5, 1));
		assertThat(Stream.of(first, second).flatMap(List::stream)).doesNotHaveDuplicates();
		assertThat(words(first.getFirst(), 0, 20)).isEqualTo(words(second.getFirst(), 0, 20));
		assertThat(prompts(synthetic(20, 1).requests(5, 0))).isEqualTo(first);
	}

	@Test
	void aRequestHasWhatALoadNeedsAndTheFieldsGivenBesides() {
		PlannedRequest request = new RequestBodies(TARGET, true, "{\"n\":4,\"temperature\":0.7}").request("Hi", 16);
		JsonNode body = JsonMapper.shared().readTree(request.body());
		assertThat(body).isEqualTo(JsonMapper.shared().readTree("""
				{"model": "m", "prompt": "Hi", "max_tokens": 16, "temperature": 0.7, "stream": true,
				 "stream_options": {"include_usage": true}, "ignore_eos": true, "n": 4}"""));
		assertThat(request.expectedTokens()).isEqualTo(64);
	}

	@Test
	void aChatRequestHasAMessage() {
		Target chat = new Target(TARGET.base(), null, null, true, Map.of());
		PlannedRequest request = new RequestBodies(chat, false, null).request("Hi", 16);
		JsonNode body = JsonMapper.shared().readTree(request.body());
		assertThat(body.path("messages").toString()).isEqualTo("[{\"role\":\"user\",\"content\":\"Hi\"}]");
		assertThat(body.has("model")).isFalse();
		assertThat(body.has("ignore_eos")).isFalse();
		assertThat(request.expectedTokens()).isZero();
	}

	@Test
	void fieldsThatAreNoObjectAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> new RequestBodies(TARGET, true, "[1]"))
			.withMessageContaining("'[1]' is no JSON object");
		assertThatIllegalArgumentException().isThrownBy(() -> new RequestBodies(TARGET, true, "{x"))
			.withMessageContaining("'{x' is no JSON object");
	}

	@Test
	void aTraceOfShareGptGivesFirstQuestionsAndTheLengthsOfTheirAnswers(@TempDir Path folder) throws IOException {
		Path file = folder.resolve("trace.json");
		Files.writeString(file, """
				[{"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "one two three"}]},
				 {"conversations": [{"from": "gpt", "value": "starts wrong"}, {"from": "human", "value": "x"}]},
				 {"prompt": "Plain", "output_tokens": 900}]""");
		TraceWorkload trace = TraceWorkload.read(file, new RequestBodies(TARGET, true, null), 500, 3);
		List<PlannedRequest> requests = trace.requests(3, 0);
		assertThat(prompts(requests)).satisfiesExactly((prompt) -> assertThat(prompt).endsWith(" Why?"),
				(prompt) -> assertThat(prompt).endsWith(" Plain"), (prompt) -> assertThat(prompt).endsWith(" Why?"));
		assertThat(requests).extracting(PlannedRequest::expectedTokens).containsExactly(4, 500, 4);
		assertThat(prompts(trace.requests(1, 1)).getFirst()).isNotEqualTo(prompts(requests).getFirst());
	}

	@Test
	void aTraceWithoutAnythingUsableIsRefused(@TempDir Path folder) throws IOException {
		Path file = Files.writeString(folder.resolve("trace.json"), "[{\"text\": 1}]");
		RequestBodies bodies = new RequestBodies(TARGET, true, null);
		assertThatIllegalArgumentException().isThrownBy(() -> TraceWorkload.read(file, bodies, 500, 3))
			.withMessageContaining("output_tokens");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> TraceWorkload.read(folder.resolve("none.json"), bodies, 500, 3))
			.withMessageContaining("There is no trace");
	}

	private static SyntheticWorkload synthetic(int shared, int prefixes) {
		return new SyntheticWorkload(new RequestBodies(TARGET, true, null), shared, prefixes, Lengths.parse("30"),
				Lengths.parse("8"), 42);
	}

	private static List<String> prompts(List<PlannedRequest> requests) {
		return requests.stream()
			.map((request) -> JsonMapper.shared().readTree(request.body()).path("prompt").asString(""))
			.toList();
	}

	private static String words(String text, int from, int to) {
		return String.join(" ", List.of(text.split(" ")).subList(from, to));
	}

}
