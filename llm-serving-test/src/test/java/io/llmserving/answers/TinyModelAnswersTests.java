package io.llmserving.answers;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;

import io.llmserving.api.EngineState;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;
import io.llmserving.test.AutoConfigureTestModels.Engine;
import io.llmserving.test.LlmServingTest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The real engine over the tiny model in place of one that could not be had.
 */
@LlmServingTest(engine = Engine.TINY,
		properties = { "llm.serving.models.chat.source=hf:no-such-organisation/no-such-model",
				"llm.serving.models.chat.device=cuda" })
@DirtiesContext // A context that is kept would keep its model's memory, of which all in a
				// JVM share one budget.
class TinyModelAnswersTests {

	@Test
	void theTinyModelIsReadyAndAnswersTheSameEachTime(@Autowired LlmEngine engine) {
		assertThat(engine.id()).isEqualTo("chat");
		assertThat(engine.state()).isEqualTo(EngineState.READY);
		GenerationRequest request = GenerationRequest.prompt("Once upon a time")
			.sampling(SamplingParameters.builder().temperature(0f).maxTokens(8).build())
			.build();
		Generation first = engine.call(request);
		assertThat(first.choices().get(0).tokens()).isNotEmpty();
		assertThat(engine.call(request).choices().get(0).text()).isEqualTo(first.choices().get(0).text());
	}

}
