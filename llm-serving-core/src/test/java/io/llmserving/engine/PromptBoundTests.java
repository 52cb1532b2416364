package io.llmserving.engine;

import java.util.List;

import org.junit.jupiter.api.Test;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.text.TokenBytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Texts that no tokenizer could make fit.
 */
class PromptBoundTests {

	private static final int CONTEXT = 10;

	private final TokenBytes bytes = TokenBytes.of(new Letters());

	private final PromptBound bound = new PromptBound(this.bytes, CONTEXT);

	private int longest() {
		int longest = 0;
		for (int id = 0; id < this.bytes.size(); id++) {
			longest = Math.max(longest, this.bytes.bytes(id).length);
		}
		assertThat(longest).isPositive();
		return longest * CONTEXT;
	}

	@Test
	void aTextOfTheLongestTokensIsLeftToTheTokenizer() {
		this.bound.check(GenerationRequest.prompt("x".repeat(longest())).build());
		this.bound.check(GenerationRequest.tokens(1, 2, 3).build());
		this.bound.check(GenerationRequest.chat(List.of(ChatMessage.user("x".repeat(longest())))).build());
	}

	@Test
	void aLongerOneIsRefusedWithItsLength() {
		GenerationRequest prompt = GenerationRequest.prompt("x".repeat(longest() + 1)).build();
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> this.bound.check(prompt))
			.withMessageContaining("maximum context length is 10 tokens")
			.withMessageContaining((longest() + 1) + " characters")
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("context_length_exceeded"));
	}

	@Test
	void messagesCountTogether() {
		String half = "x".repeat(longest() / 2 + 1);
		GenerationRequest chat = GenerationRequest.chat(List.of(ChatMessage.user(half), ChatMessage.user(half)))
			.build();
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> this.bound.check(chat));
	}

	@Test
	void aTextThatIsToBeCutMayBeOfAnyLength() {
		this.bound.check(GenerationRequest.prompt("x".repeat(longest() * 3)).truncatePromptTokens(-1).build());
	}

}
