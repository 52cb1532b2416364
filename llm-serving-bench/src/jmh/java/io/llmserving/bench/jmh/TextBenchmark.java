package io.llmserving.bench.jmh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;

import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.text.Detokenizer;
import io.llmserving.text.TextTokenizer;
import io.llmserving.text.TokenBytes;
import io.llmserving.weights.ModelFileException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A text of about 250 words to tokens, and its tokens to text one by one. The model is
 * the tests' tiny one unless {@code -p model=FILE} names another.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class TextBenchmark {

	private static final String TEXT = "The quick brown fox jumps over the lazy dog, again and again: 12 times. "
		.repeat(18);

	@Param("tiny")
	private String model = "tiny";

	private TextTokenizer tokenizer;

	private TokenBytes bytes;

	private int[] tokens;

	private final StringBuilder text = new StringBuilder();

	@Setup
	public void load() throws IOException, ModelFileException {
		Path file = "tiny".equals(this.model) ? tiny() : Path.of(this.model);
		try (OpenModel open = ModelReader.open(file, 0)) {
			this.tokenizer = open.tokenizer();
		}
		this.bytes = this.tokenizer.tokenBytes();
		this.tokens = this.tokenizer.encode(TEXT, false, false);
	}

	private static Path tiny() throws IOException {
		Path file = Files.createTempFile("tiny", ".gguf");
		file.toFile().deleteOnExit();
		try (InputStream stream = TextBenchmark.class.getResourceAsStream("/io/llmserving/test/tiny.gguf")) {
			if (stream == null) {
				throw new IllegalStateException("tiny.gguf is not on the class path");
			}
			Files.copy(stream, file, StandardCopyOption.REPLACE_EXISTING);
		}
		return file;
	}

	@Benchmark
	public int[] encode() {
		return this.tokenizer.encode(TEXT, false, false);
	}

	@Benchmark
	public int detokenize() {
		this.text.setLength(0);
		Detokenizer detokenizer = new Detokenizer(false);
		for (int token : this.tokens) {
			detokenizer.append(this.bytes.bytes(token), this.text);
		}
		detokenizer.finish(this.text);
		return this.text.length();
	}

}
