package io.llmserving.autoconfigure.openai;

import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AnswerHead}.
 */
class AnswerHeadTests {

	@Test
	void theFingerprintIsAskedForWhenTheHeadIsFirstWrittenAndStaysTheSame() {
		AtomicReference<String> fingerprint = new AtomicReference<>();
		AnswerHead head = new AnswerHead(new AnswerIdentity("cmpl-1", 7, "chat", fingerprint::get), "text_completion");
		fingerprint.set("fp_1");
		String text = head.text();
		assertThat(text).isEqualTo(
				"{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":7,\"model\":\"chat\",\"system_fingerprint\":\"fp_1\"");
		fingerprint.set("fp_2");
		assertThat(head.text()).isEqualTo(text);
	}

}
