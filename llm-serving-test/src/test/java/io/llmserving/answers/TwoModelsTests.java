package io.llmserving.answers;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;

import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmModel;
import io.llmserving.test.LlmServingTest;
import io.llmserving.test.ScriptedEngine;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The models that an application configures keep their ids, routes and qualifiers; where
 * they come from does not matter.
 */
@LlmServingTest(components = Answers.class,
		properties = { "llm.serving.models.chat.source=hf:no-such-organisation/no-such-model",
				"llm.serving.models.small.source=file:/no/such/file.gguf", "llm.serving.default-model=small",
				"llm.serving.routes[0].name=org/name", "llm.serving.routes[0].to.chat=100" })
class TwoModelsTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	@Test
	void eachModelHasAScriptOfItsOwn(@Autowired @LlmModel("chat") ScriptedEngine chat,
			@Autowired @LlmModel("small") ScriptedEngine small, @Autowired LlmEngine primary,
			@Autowired Answers answers, @Autowired LlmServing serving) {
		assertThat(primary).isSameAs(small);
		chat.answer("from chat");
		small.answer("from small");
		assertThat(answers.whole("Why?").block(SOON)).isEqualTo("from small");
		assertThat(serving.engine("org/name").text("Why?").blockFirst(SOON)).isEqualTo("from chat");
		assertThat(serving.defaultEngine()).isSameAs(small);
		assertThat(serving.names()).containsExactlyInAnyOrder("small", "chat", "org/name");
	}

}
