package io.llmserving.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceRequest;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;
import io.llmserving.text.TextTokenizer;
import io.llmserving.text.template.ChatTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the tiny model to what transformers computed of it: a question with its greedy
 * answer, then the beginning of another one.
 */
class TinyModelTests {

	private static final String QUESTION = "What colour is the sky?";

	private static final int BLOCK = 16;

	private static final int END = 2;

	@TempDir
	static Path directory;

	@Test
	void theExactModeComputesTheLogitsOfTransformers() throws Exception {
		Golden golden = Golden.read();
		float[][] logits = logits(golden.tokens, true);
		double largest = 0.0;
		for (int t = 0; t < logits.length; t++) {
			for (int id = 0; id < logits[t].length; id++) {
				largest = Math.max(largest, Math.abs((double) logits[t][id] - golden.logits[t][id]));
			}
		}
		assertThat(largest).isLessThan(1e-3);
	}

	@Test
	void theDefaultModeGivesTheGreedyAnswer() throws Exception {
		Golden golden = Golden.read();
		float[][] logits = logits(golden.tokens, false);
		for (int t = prompt().length - 1; golden.tokens[t] != END || t < prompt().length; t++) {
			float[] row = logits[t];
			float chosen = row[golden.tokens[t + 1]];
			for (float logit : row) {
				assertThat(logit).as("a logit at position %d", t).isLessThanOrEqualTo(chosen);
			}
		}
	}

	@Test
	void theAnswerIsEnglishAndEnds() throws Exception {
		int[] tokens = Golden.read().tokens;
		int[] prompt = prompt();
		assertThat(Arrays.copyOf(tokens, prompt.length)).isEqualTo(prompt);
		int end = prompt.length;
		while (tokens[end] != END) {
			end++;
		}
		try (OpenModel model = model()) {
			assertThat(model.tokenizer().decode(Arrays.copyOfRange(tokens, prompt.length, end), false))
				.isEqualTo("The sky is blue.");
			assertThat(model.eos()).containsExactly(END);
		}
	}

	@Test
	void everyByteCanBeEncoded() throws Exception {
		try (OpenModel model = model()) {
			TextTokenizer tokenizer = model.tokenizer();
			String text = "Grüße, мир! 你好 🙂\t\0\u007f <|im_end|>";
			assertThat(tokenizer.decode(tokenizer.encode(text, false, false), false)).isEqualTo(text);
			assertThat(tokenizer.encode("<|im_end|>", false, false)).doesNotContain(END);
			assertThat(tokenizer.encode("<|im_end|>", false, true)).containsExactly(END);
		}
	}

	private static OpenModel model() throws IOException, URISyntaxException {
		return ModelReader.open(Path.of(TinyModelTests.class.getResource("tiny.gguf").toURI()), 0);
	}

	private static int[] prompt() throws IOException, URISyntaxException {
		try (OpenModel model = model()) {
			String rendered = ChatTemplate.compile(model.chatTemplate().template())
				.render(Map.of("messages", List.of(Map.of("role", "user", "content", QUESTION)),
						"add_generation_prompt", true))
				.text();
			return model.tokenizer().encode(rendered, false, true);
		}
	}

	private static float[][] logits(int[] tokens, boolean exact) throws IOException, URISyntaxException {
		int columns = (tokens.length + BLOCK - 1) / BLOCK;
		try (OpenModel model = model();
				Device device = Device.create(DeviceRequest.cpu(null, directory, 2), Device.Isa.AUTO);
				CompiledProgram program = device.compile(model.program(), exact, BLOCK);
				StepRunner runner = program.runner(new StepLimits(tokens.length, 1, tokens.length, 1, columns, BLOCK,
						columns, 1, 1, program.spec().vocabulary(), 0))) {
			float[][] logits = new float[tokens.length][program.spec().vocabulary()];
			StepPlan plan = new StepPlan();
			for (int t = 0; t < tokens.length; t++) {
				plan.addOutput(StepPlan.LOGITS, plan.addHeadRow(plan.addToken(tokens[t])), logits[t]);
				runner.tables().set(0, 0, t / BLOCK, t / BLOCK);
			}
			plan.addSequence(0, tokens.length, 0, 0);
			plan.addItem(0, StepPlan.FLAT, 0, 1, plan.addItemSequence(0), 1);
			runner.await(runner.submit(plan), new StepResult());
			return logits;
		}
	}

	/**
	 * What {@code make_tiny_model.py} recorded; it documents the format.
	 */
	private record Golden(int[] tokens, float[][] logits) {

		static Golden read() throws IOException {
			try (InputStream stream = TinyModelTests.class.getResourceAsStream("tiny.golden")) {
				ByteBuffer buffer = ByteBuffer.wrap(stream.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
				int[] tokens = ints(buffer);
				int columns = ints(buffer).length;
				float[][] logits = new float[tokens.length][columns];
				for (float[] row : logits) {
					for (int id = 0; id < columns; id++) {
						row[id] = buffer.getFloat();
					}
				}
				return new Golden(tokens, logits);
			}
		}

		private static int[] ints(ByteBuffer buffer) {
			int[] values = new int[buffer.getInt()];
			for (int i = 0; i < values.length; i++) {
				values[i] = buffer.getInt();
			}
			return values;
		}

	}

}
