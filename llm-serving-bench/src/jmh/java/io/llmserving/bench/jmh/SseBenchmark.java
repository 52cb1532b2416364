package io.llmserving.bench.jmh;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.llmserving.api.Channel;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.TokenInfo;
import io.llmserving.autoconfigure.openai.AnswerIdentity;
import io.llmserving.autoconfigure.openai.ApiRequest;
import io.llmserving.autoconfigure.openai.ChatWriter;
import io.llmserving.autoconfigure.openai.CompletionWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One token of a streamed answer, from the engine's event to the bytes on the wire.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SseBenchmark {

	private final GenerationEvent delta = delta(0);

	private final GenerationEvent deltaOfFive = delta(5);

	private final CompletionWriter completion = new CompletionWriter(identity(), style(0), 1, (tokens) -> "");

	private final CompletionWriter logprobs = new CompletionWriter(identity(), style(5), 1, (tokens) -> "");

	private final ChatWriter chat = new ChatWriter(identity(), style(0));

	@Benchmark
	public byte[] completion() {
		return this.completion.frames(0, this.delta).getBytes(StandardCharsets.UTF_8);
	}

	@Benchmark
	public byte[] completionWithFiveLogprobs() {
		return this.logprobs.frames(0, this.deltaOfFive).getBytes(StandardCharsets.UTF_8);
	}

	@Benchmark
	public byte[] chat() {
		return this.chat.frames(0, this.delta).getBytes(StandardCharsets.UTF_8);
	}

	private static AnswerIdentity identity() {
		return new AnswerIdentity("cmpl-0123456789abcdef", 1_700_000_000, "smollm2", () -> "fp_0123456789");
	}

	private static ApiRequest.Style style(int logprobs) {
		return new ApiRequest.Style("smollm2", true, true, logprobs > 0, logprobs, false, false, false, false, 1);
	}

	private static GenerationEvent delta(int logprobs) {
		return new GenerationEvent.Delta(0, Channel.CONTENT, " word\n",
				List.of(new TokenInfo(1234, " word\n".getBytes(StandardCharsets.UTF_8), -0.5f, 1,
						IntStream.range(0, logprobs).mapToObj(SseBenchmark::alternative).toList())));
	}

	private static TokenInfo.TopLogprob alternative(int rank) {
		byte[] text = ((rank == 0) ? " word\n" : " other" + rank).getBytes(StandardCharsets.UTF_8);
		return new TokenInfo.TopLogprob(1234 + rank, text, -0.5123456f - rank);
	}

}
