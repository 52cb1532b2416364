package io.llmserving.bench.load;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EventKind}.
 */
class EventKindTests {

	@ParameterizedTest
	@ValueSource(strings = { "{\"choices\":[{\"index\":0,\"text\":\" a\",\"finish_reason\":null}],\"usage\":null}",
			"{\"choices\": [{\"index\": 0, \"delta\": {\"content\": \" a\"}}]}",
			"{\"choices\":[{\"delta\":{\"content\":null,\"reasoning_content\":\"so\"}}]}",
			"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":\"{\"}}]}}]}",
			"{\"choices\":[{\"text\":\"\",\"token_ids\":[12]}]}",
			"{\"choices\":[{\"text\":\"\\\"error\\\":{ \\\"usage\\\":{\"}]}" })
	void outputThatIsNotEmptyIsOutputAndNothingElse(String event) {
		assertThat(kind(event)).isEqualTo(EventKind.OUTPUT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":null}",
			"{\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"length\",\"token_ids\":[]}]}",
			"{\"choices\":[{\"delta\":{}}],\"prompt_token_ids\":[1,2]}", "{}", "" })
	void rolesAndEndsAreNoOutput(String event) {
		assertThat(kind(event)).isZero();
	}

	@Test
	void usageErrorsAndTheEndAreSeen() {
		assertThat(kind("{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}")).isEqualTo(EventKind.USAGE);
		assertThat(kind("{\"error\":{\"message\":\"no\",\"code\":null}}")).isEqualTo(EventKind.ERROR);
		assertThat(kind("{\"error\": \"no\"}")).isEqualTo(EventKind.ERROR);
		assertThat(kind("[DONE]")).isEqualTo(EventKind.DONE);
	}

	@Test
	void theLastTokenMayBringTheUsage() {
		assertThat(kind("{\"choices\":[{\"text\":\"a\"}],\"usage\":{\"completion_tokens\":1}}"))
			.isEqualTo(EventKind.OUTPUT | EventKind.USAGE);
	}

	private static int kind(String event) {
		byte[] bytes = ("data: " + event).getBytes(StandardCharsets.UTF_8);
		return EventKind.of(bytes, 6, bytes.length);
	}

}
