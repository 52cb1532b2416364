package io.llmserving.bench.load;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GeneratorWarmUp}.
 */
class GeneratorWarmUpTests {

	@Test
	@Timeout(300)
	void cannedAnswersAreReadInFull() throws Exception {
		LoadRun run = GeneratorWarmUp.load();
		assertThat(run.answers()).isNotEmpty()
			.allMatch(Answer::completed)
			.allMatch((answer) -> answer.completionTokens() == answer.arrivals().length);
	}

}
