package io.llmserving.bench.options;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OutputOptions}.
 */
class OutputOptionsTests {

	@Test
	void keysAndHeadersThatCarrySecretsAreNotWritten() {
		assertThat(OutputOptions.withoutSecrets(List.of("--key", "sk-1", "--key=sk-2", "--header", "X-Api-Key=sk-3",
				"--header=Authorization=Bearer a=b", "--url", "http://127.0.0.1")))
			.containsExactly("--key", "***", "--key=***", "--header", "X-Api-Key=***", "--header=Authorization=***",
					"--url", "http://127.0.0.1");
	}

	@Test
	void otherHeadersAreWrittenAsTheyWereGiven() {
		List<String> arguments = List.of("--header", "X-First-Token-Timeout=1", "--header=X-Name=key", "--no-probe");
		assertThat(OutputOptions.withoutSecrets(arguments)).isEqualTo(arguments);
	}

}
