package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.llmserving.bench.load.Answer;
import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.PlannedRequest;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.OutputOptions;
import io.llmserving.bench.options.TargetOptions;
import io.llmserving.bench.options.WorkloadOptions;
import io.llmserving.bench.server.RunningServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Long prompts that arrive while streams decode.
 */
@Command(name = "mixed", mixinStandardHelpOptions = true,
		description = "Sends long prompts while streams decode: gaps of the streams meanwhile and quiet, and the prompts' times.")
public final class MixedCommand implements Callable<Integer> {

	@Option(names = "--streams", paramLabel = "N", description = "Streams that decode. Default: ${DEFAULT-VALUE}",
			defaultValue = "8")
	private int streams = 8;

	@Option(names = "--stream-tokens", paramLabel = "N",
			description = "Tokens of each of their answers; a new one follows. Default: ${DEFAULT-VALUE}",
			defaultValue = "1024")
	private int streamTokens = 1024;

	@Option(names = "--long-prompt", paramLabel = "WORDS",
			description = "Words of a long prompt. Default: ${DEFAULT-VALUE}", defaultValue = "4096")
	private int longPrompt = 4096;

	@Option(names = "--prompts", paramLabel = "N", description = "Long prompts. Default: ${DEFAULT-VALUE}",
			defaultValue = "10")
	private int prompts = 10;

	@Option(names = "--quiet", paramLabel = "SECONDS",
			description = "Time before, between and after them. Default: ${DEFAULT-VALUE}", defaultValue = "2")
	private double quiet = 2;

	@Mixin
	private TargetOptions target = new TargetOptions();

	@Mixin
	private WorkloadOptions workload = new WorkloadOptions();

	@Mixin
	private OutputOptions output = new OutputOptions();

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		Workload longOnes = this.workload.workload(server, 0, 1, Integer.toString(this.longPrompt), "1");
		Workload shortOnes = this.workload.workload(server, 0, 1, "16", Integer.toString(this.streamTokens));
		this.output.begin();
		try (RunningServer running = this.target.start(server); LoadClient client = this.target.client(server)) {
			client.closedLoop(longOnes.requests(1, 0), 1);
			List<Answer> alone = client.closedLoop(longOnes.requests(this.prompts, 1), 1).answers();
			List<Answer> disturbing = Collections.synchronizedList(new ArrayList<>());
			List<Answer> decoding = disturb(client, shortOnes, longOnes.requests(this.prompts, 2), disturbing);
			MixedResult result = MixedResult.of(alone, decoding, disturbing);
			this.output.end(result, result.text());
			return (result.failed() == 0) ? 0 : 1;
		}
	}

	/**
	 * Keeps the streams going until the last long prompt is answered; returns their
	 * answers.
	 */
	private List<Answer> disturb(LoadClient client, Workload shortOnes, List<PlannedRequest> longOnes,
			List<Answer> disturbing) throws InterruptedException {
		List<Answer> decoding = Collections.synchronizedList(new ArrayList<>());
		AtomicBoolean last = new AtomicBoolean();
		CountDownLatch open = new CountDownLatch(this.streams);
		AtomicInteger runs = new AtomicInteger(3);
		for (int i = 0; i < this.streams; i++) {
			stream(client, shortOnes, runs, last, decoding, open);
		}
		for (PlannedRequest request : longOnes) {
			TimeUnit.MILLISECONDS.sleep(Math.round(this.quiet * 1000));
			disturbing.addAll(client.closedLoop(List.of(request), 1).answers());
		}
		TimeUnit.MILLISECONDS.sleep(Math.round(this.quiet * 1000));
		last.set(true);
		open.await();
		return decoding;
	}

	private static void stream(LoadClient client, Workload shortOnes, AtomicInteger runs, AtomicBoolean last,
			List<Answer> decoding, CountDownLatch open) {
		PlannedRequest request = shortOnes.requests(1, runs.getAndIncrement()).getFirst();
		client.send(request, (answer) -> {
			decoding.add(answer);
			if (last.get() || !answer.completed()) {
				open.countDown();
			}
			else {
				stream(client, shortOnes, runs, last, decoding, open);
			}
		});
	}

}
