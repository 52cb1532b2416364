package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.llmserving.model.StepDriver.Piece;
import io.llmserving.model.StepDriver.Sequence;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceRequest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever a step computes beside it and however its attention is divided, a sequence's
 * logits are the same to the bit: for each architecture and the tiny model, in the
 * default mode, with keys and values in int8, and in the exact mode.
 */
class CompositionTests {

	private static final int BLOCK = StepDriver.BLOCK;

	// Beyond a chunk of attention and the windows of the models that have one.
	private static final int POSITIONS = 180;

	private static final int LARGEST_BATCH = 33;

	private static final Path TINY = Path.of("../llm-serving-test/src/main/resources/io/llmserving/test/tiny.gguf");

	@TempDir
	static Path directory;

	static Device device;

	@BeforeAll
	static void openDevice() {
		device = Device.create(DeviceRequest.cpu(null, directory, 2), Device.Isa.AUTO);
	}

	@AfterAll
	static void closeDevice() {
		device.close();
	}

	static Stream<Arguments> models() {
		return Stream.of("llama3", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "tiny")
			.flatMap((name) -> Stream.of(Numbers.values()).map((numbers) -> Arguments.of(name, numbers)));
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("models")
	void chunksOfAnySizeGiveTheSameLogits(String name, Numbers numbers) throws IOException {
		try (OpenModel model = open(name); CompiledProgram program = numbers.compile(device, model)) {
			int[] tokens = tokens(program, new Random(1), POSITIONS);
			float[][] expected = alone(program, tokens);
			for (int chunk = 1; chunk <= BLOCK + 1; chunk++) {
				AttentionItems attention = AttentionItems.values()[chunk % AttentionItems.values().length];
				try (StepDriver driver = new StepDriver(program, 1, POSITIONS, chunk)) {
					Sequence sequence = driver.start(tokens);
					driver.run(attention, sequence, chunk);
					assertSame("chunks of %d, %s".formatted(chunk, attention), sequence, 0, expected);
				}
			}
		}
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("models")
	void batchesOfAnySizeGiveTheSameLogits(String name, Numbers numbers) throws IOException {
		try (OpenModel model = open(name); CompiledProgram program = numbers.compile(device, model)) {
			Random random = new Random(2);
			List<int[]> tokens = new ArrayList<>();
			List<float[][]> expected = new ArrayList<>();
			for (int i = 0; i < LARGEST_BATCH; i++) {
				tokens.add(tokens(program, random, (i == 0) ? POSITIONS : random.nextInt(5, 40)));
				expected.add(alone(program, tokens.get(i)));
			}
			for (int batch = 2; batch <= LARGEST_BATCH; batch++) {
				try (StepDriver driver = new StepDriver(program, batch, POSITIONS, batch * (BLOCK + 1))) {
					List<Sequence> sequences = tokens.subList(0, batch).stream().map(driver::start).toList();
					driver.runTogether(sequences, random);
					for (int i = 0; i < batch; i++) {
						assertSame("sequence %d in a batch of %d".formatted(i, batch), sequences.get(i), 0,
								expected.get(i));
					}
				}
			}
		}
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("models")
	void sequencesBehindASharedPrefixGetTheSameLogits(String name, Numbers numbers) throws IOException {
		try (OpenModel model = open(name); CompiledProgram program = numbers.compile(device, model)) {
			Random random = new Random(3);
			for (int cut : new int[] { BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, 128, 129, 170 }) {
				int[] first = tokens(program, random, POSITIONS);
				try (StepDriver driver = new StepDriver(program, 4, POSITIONS, 4 * (BLOCK + 1))) {
					Sequence parent = driver.start(first);
					while (POSITIONS - parent.remaining() < cut) {
						int left = cut - POSITIONS + parent.remaining();
						driver.step(AttentionItems.FLAT, List.of(new Piece(parent, Math.min(left, BLOCK + 1))));
					}
					List<Sequence> all = new ArrayList<>(List.of(parent));
					List<int[]> tokens = new ArrayList<>(List.of(first));
					for (int child = 0; child < 3; child++) {
						int[] own = tokens(program, random, POSITIONS);
						System.arraycopy(first, 0, own, 0, cut);
						tokens.add(own);
						all.add(driver.startBehind(parent, own));
					}
					assertThat(driver.sharedBlocks() > 0).as("blocks are shared").isEqualTo(cut >= BLOCK);
					driver.runTogether(all, random);
					for (int i = 0; i < all.size(); i++) {
						assertSame("sequence %d behind %d positions".formatted(i, cut), all.get(i), (i == 0) ? 0 : cut,
								alone(program, tokens.get(i)));
					}
				}
			}
		}
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("models")
	void preemptedSequencesGetTheSameLogitsAgain(String name, Numbers numbers) throws IOException {
		try (OpenModel model = open(name); CompiledProgram program = numbers.compile(device, model)) {
			Random random = new Random(4);
			int[] tokens = tokens(program, random, POSITIONS);
			int[] other = tokens(program, random, POSITIONS);
			float[][] expected = alone(program, tokens);
			for (int stop : new int[] { 1, BLOCK, 100, 129, POSITIONS - 1 }) {
				try (StepDriver driver = new StepDriver(program, 2, POSITIONS, 2 * (BLOCK + 1))) {
					Sequence victim = driver.start(tokens);
					Sequence winner = driver.start(other);
					while (POSITIONS - victim.remaining() < stop) {
						driver.step(AttentionItems.SPLIT, List.of(new Piece(winner, 1), new Piece(victim, 1)));
					}
					driver.preempt(victim);
					assertThat(victim.remaining()).isEqualTo(POSITIONS);
					driver.step(AttentionItems.FLAT, List.of(new Piece(winner, 1)));
					assertSame("before preemption at %d".formatted(stop), victim, 0, expected);
					driver.runTogether(new ArrayList<>(List.of(victim, winner)), random);
					assertSame("after preemption at %d".formatted(stop), victim, 0, expected);
				}
			}
		}
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("models")
	void anyNumberOfThreadsGivesTheSameLogits(String name, Numbers numbers) throws IOException {
		try (OpenModel model = open(name); CompiledProgram program = numbers.compile(device, model)) {
			List<int[]> tokens = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				tokens.add(tokens(program, new Random(5 + i), POSITIONS));
			}
			List<float[][]> expected = tokens.stream().map((each) -> alone(program, each)).toList();
			for (int threads = 1; threads <= 3; threads++) {
				try (Device other = Device.create(DeviceRequest.cpu(null, directory, threads), Device.Isa.AUTO);
						CompiledProgram same = numbers.compile(other, model);
						StepDriver driver = new StepDriver(same, 5, POSITIONS, 5 * (BLOCK + 1))) {
					List<Sequence> sequences = tokens.stream().map(driver::start).toList();
					driver.runTogether(sequences, new Random(threads));
					for (int i = 0; i < sequences.size(); i++) {
						assertSame("%d threads".formatted(threads), sequences.get(i), 0, expected.get(i));
					}
				}
			}
		}
	}

	private static OpenModel open(String name) throws IOException {
		return ModelReader.open(name.equals("tiny") ? TINY : Golden.FOLDER.resolve(name + ".gguf"), 0);
	}

	private static int[] tokens(CompiledProgram program, Random random, int count) {
		return random.ints(count, 0, program.spec().vocabulary()).toArray();
	}

	private static float[][] alone(CompiledProgram program, int[] tokens) {
		try (StepDriver driver = new StepDriver(program, 1, tokens.length, tokens.length)) {
			Sequence sequence = driver.start(tokens);
			driver.run(AttentionItems.FLAT, sequence, tokens.length);
			return sequence.logits();
		}
	}

	private static void assertSame(String what, Sequence sequence, int first, float[][] expected) {
		for (int t = first; t < expected.length; t++) {
			float[] logits = sequence.logits()[t];
			if (sequence.remaining() > 0 && logits == null) {
				continue;
			}
			assertThat(Arrays.equals(logits, expected[t])).as("%s: position %d", what, t).isTrue();
		}
	}

}
