package io.llmserving.real;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.llmserving.model.AttentionItems;
import io.llmserving.model.ModelReader;
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
 * to the exact mode.
 */
class RealModelTests {

	private static final int CHUNK = 64;

	@TempDir
	static Path directory;

	@ParameterizedTest
	@EnumSource
	void theExactModeComputesTheLogitsOfTransformersAndTheDefaultModeStaysClose(RealModels real) throws IOException {
		Path path = real.file();
		RealGolden golden = RealGolden.read(real.title());
		assertThat(golden.tokens()).isGreaterThanOrEqualTo(4000);
		GoldenErrors errors = new GoldenErrors(golden);
		Agreement agreement = new Agreement();
		try (OpenModel model = ModelReader.open(path, 0);
				Device device = Device.create(DeviceRequest.cpu(null, directory, 2), Device.Isa.AUTO);
				CompiledProgram exact = device.compile(model.program(), true, StepDriver.BLOCK);
				CompiledProgram rounded = device.compile(model.program(), false, StepDriver.BLOCK)) {
			for (int document = 0; document < golden.documents().length; document++) {
				compare(golden, document, exact, rounded, errors, agreement);
			}
		}
		System.out.printf("%s, exact mode against float32: %s%n", real.title(), errors);
		System.out.printf("%s, default mode against exact mode: %s%n", real.title(), agreement);
		assertThat(errors.smallestCosine()).isGreaterThan(0.9999);
		assertThat(errors.largestError()).isLessThan(0.002);
		assertThat(errors.sameTop()).isGreaterThan(0.999);
		assertThat(agreement.meanDivergence()).isBetween(0.0, 0.006);
		assertThat(agreement.sameTop()).isGreaterThanOrEqualTo(0.95);
		assertThat(agreement.perplexity() / agreement.referencePerplexity()).isBetween(0.99, 1.01);
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
			for (boolean exact : new boolean[] { false, true }) {
				try (CompiledProgram program = device.compile(model.program(), exact, StepDriver.BLOCK)) {
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

	private static void compare(RealGolden golden, int document, CompiledProgram exact, CompiledProgram rounded,
			GoldenErrors errors, Agreement agreement) {
		int[] tokens = golden.documents()[document];
		try (StepDriver first = new StepDriver(exact, 1, tokens.length, CHUNK);
				StepDriver second = new StepDriver(rounded, 1, tokens.length, CHUNK)) {
			Sequence reference = first.start(tokens);
			Sequence other = second.start(tokens);
			while (reference.remaining() > 0) {
				int begin = reference.computed();
				int count = Math.min(CHUNK, reference.remaining());
				first.step(AttentionItems.FLAT, List.of(new Piece(reference, count)));
				second.step(AttentionItems.FLAT, List.of(new Piece(other, count)));
				for (int t = begin; t < begin + count; t++) {
					errors.add(document, t, reference.logits()[t]);
					agreement.add(reference.logits()[t], other.logits()[t],
							(t + 1 < tokens.length) ? tokens[t + 1] : -1);
					reference.logits()[t] = null;
					other.logits()[t] = null;
				}
			}
		}
	}

}
