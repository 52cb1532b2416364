package io.llmserving.real;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.llmserving.model.AttentionItems;
import io.llmserving.model.ModelReader;
import io.llmserving.model.Numbers;
import io.llmserving.model.OpenModel;
import io.llmserving.model.StepDriver;
import io.llmserving.model.StepDriver.Piece;
import io.llmserving.model.StepDriver.Sequence;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceRequest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds real models to the logits of transformers in float32 over 4,000 tokens of prose,
 * code, lists and many scripts: the exact mode to the recorded logits, the default mode
 * to the exact mode, with keys and values in bf16 and in int8.
 */
class RealModelTests {

	private static final int CHUNK = 64;

	@TempDir
	static Path directory;

	@ParameterizedTest
	@EnumSource
	void theExactModeComputesTheLogitsOfTransformersAndTheOthersStayClose(RealModels real) throws IOException {
		Path path = real.file();
		RealGolden golden = RealGolden.read(real.title());
		assertThat(golden.tokens()).isGreaterThanOrEqualTo(4000);
		GoldenErrors errors = new GoldenErrors(golden);
		Agreement agreement = new Agreement();
		Agreement int8Agreement = new Agreement();
		try (OpenModel model = ModelReader.open(path, 0);
				Device device = Device.create(DeviceRequest.cpu(null, directory, 2), Device.Isa.AUTO);
				CompiledProgram exact = Numbers.EXACT.compile(device, model);
				CompiledProgram rounded = Numbers.DEFAULT.compile(device, model);
				CompiledProgram int8 = Numbers.INT8_CACHE.compile(device, model)) {
			for (int document = 0; document < golden.documents().length; document++) {
				compare(golden, document, exact, errors, Map.of(rounded, agreement, int8, int8Agreement));
			}
		}
		System.out.printf("%s, default mode against exact mode: %s%n", real.title(), agreement);
		System.out.printf("%s, keys and values in int8 against exact mode: %s%n", real.title(), int8Agreement);
		System.out.printf("%s, exact mode against float32: %s%n", real.title(), errors);
		assertThat(errors.smallestCosine()).isGreaterThan(0.9999);
		assertThat(errors.largestError()).isLessThan(0.002);
		assertThat(errors.sameTop()).isGreaterThan(0.999);
		assertClose(agreement, 0.006, 0.95, 0.01);
		assertClose(int8Agreement, 0.012, 0.94, 0.015);
	}

	private static void assertClose(Agreement agreement, double divergence, double sameTop, double perplexity) {
		assertThat(agreement.meanDivergence()).isBetween(0.0, divergence);
		assertThat(agreement.sameTop()).isGreaterThanOrEqualTo(sameTop);
		assertThat(agreement.perplexity() / agreement.referencePerplexity()).isBetween(1 - perplexity, 1 + perplexity);
	}

	@ParameterizedTest
	@EnumSource
	void chunksAndBatchesChangeNoBit(RealModels real) throws IOException {
		int[][] tokens = new int[33][];
		int[] text = tokensOf(real);
		for (int i = 0; i < tokens.length; i++) {
			tokens[i] = Arrays.copyOfRange(text, 10 * i, 10 * i + ((i == 0) ? 20 : 6));
		}
		try (OpenModel model = ModelReader.open(real.file(), 0);
				Device device = Device.create(DeviceRequest.cpu(null, directory, 2), Device.Isa.AUTO)) {
			for (Numbers numbers : Numbers.values()) {
				try (CompiledProgram program = numbers.compile(device, model)) {
					assertNoBitChanges(program, tokens);
				}
			}
		}
	}

	private static void assertNoBitChanges(CompiledProgram program, int[][] tokens) {
		float[][] expected = alone(program, tokens[0], tokens[0].length);
		for (int chunk : new int[] { 1, 3, 7, 17 }) {
			assertThat(Arrays.deepEquals(alone(program, tokens[0], chunk), expected)).as("chunks of %d", chunk)
				.isTrue();
		}
		try (StepDriver driver = new StepDriver(program, tokens.length, tokens[0].length,
				tokens.length * (StepDriver.BLOCK + 1))) {
			List<Sequence> sequences = Stream.of(tokens).map(driver::start).toList();
			driver.runTogether(sequences, new Random(1));
			assertThat(Arrays.deepEquals(sequences.getFirst().logits(), expected)).as("a batch of 33").isTrue();
		}
	}

	private static int[] tokensOf(RealModels real) throws IOException {
		return RealGolden.read(real.title()).documents()[0];
	}

	private static float[][] alone(CompiledProgram program, int[] tokens, int chunk) {
		try (StepDriver driver = new StepDriver(program, 1, tokens.length, chunk)) {
			Sequence sequence = driver.start(tokens);
			driver.run(AttentionItems.FLAT, sequence, chunk);
			return sequence.logits();
		}
	}

	/** A program's driver and the sequence that it computes. */
	private record Contender(StepDriver driver, Sequence sequence) implements AutoCloseable {

		Contender(CompiledProgram program, int[] tokens) {
			this(new StepDriver(program, 1, tokens.length, CHUNK), tokens);
		}

		Contender(StepDriver driver, int[] tokens) {
			this(driver, driver.start(tokens));
		}

		/** Computes the next tokens. */
		float[][] step(int count) {
			this.driver.step(AttentionItems.FLAT, List.of(new Piece(this.sequence, count)));
			return this.sequence.logits();
		}

		@Override
		public void close() {
			this.driver.close();
		}

	}

	private static void compare(RealGolden golden, int document, CompiledProgram exact, GoldenErrors errors,
			Map<CompiledProgram, Agreement> others) {
		int[] tokens = golden.documents()[document];
		Map<Contender, Agreement> contenders = new HashMap<>();
		others.forEach((program, agreement) -> contenders.put(new Contender(program, tokens), agreement));
		try (Contender reference = new Contender(exact, tokens)) {
			for (int begin = 0; begin < tokens.length; begin += CHUNK) {
				int end = Math.min(begin + CHUNK, tokens.length);
				float[][] expected = reference.step(end - begin);
				for (int t = begin; t < end; t++) {
					errors.add(document, t, expected[t]);
				}
				for (Map.Entry<Contender, Agreement> entry : contenders.entrySet()) {
					float[][] actual = entry.getKey().step(end - begin);
					for (int t = begin; t < end; t++) {
						entry.getValue().add(expected[t], actual[t], (t + 1 < tokens.length) ? tokens[t + 1] : -1);
						actual[t] = null;
					}
				}
				Arrays.fill(expected, begin, end, null);
			}
		}
		finally {
			contenders.keySet().forEach(Contender::close);
		}
	}

}
