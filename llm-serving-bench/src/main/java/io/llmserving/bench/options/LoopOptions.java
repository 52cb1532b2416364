package io.llmserving.bench.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.llmserving.bench.load.Arrivals;
import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.PlannedRequest;
import io.llmserving.bench.load.Workload;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * When requests are sent, and how often it all is repeated.
 */
public final class LoopOptions {

	@Option(names = "--streams", paramLabel = "N",
			description = "Closed loop: requests in flight. Default: ${DEFAULT-VALUE}", defaultValue = "8")
	private int streams = 8;

	@Option(names = "--requests", paramLabel = "N",
			description = "Requests of each stream and repetition; of an open loop, all of a repetition's divided by --streams. Default: ${DEFAULT-VALUE}",
			defaultValue = "8")
	private int requests = 8;

	@Option(names = "--rate", paramLabel = "R",
			description = "Open loop: requests per second, sent whatever became of those before.")
	private @Nullable Double rate;

	@Option(names = "--arrivals", paramLabel = "KIND",
			description = "Open loop: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}", defaultValue = "POISSON")
	private Arrivals arrivals = Arrivals.POISSON;

	@Option(names = "--warm-up", paramLabel = "N",
			description = "Requests sent before anything is timed. Default: ${DEFAULT-VALUE}", defaultValue = "8")
	private int warmUp = 8;

	@Option(names = "--warm-up-seconds", paramLabel = "SECONDS",
			description = "Goes on with such requests until that time is over, as a server needs that compiles while it runs. Default: ${DEFAULT-VALUE}",
			defaultValue = "0")
	private double warmUpSeconds;

	@Option(names = "--repetitions", paramLabel = "N",
			description = "Timed runs; intervals come from them. Default: ${DEFAULT-VALUE}", defaultValue = "5")
	private int repetitions = 5;

	/**
	 * Sends requests that are not timed.
	 */
	public void warmUp(LoadClient client, Workload workload) throws InterruptedException {
		warmUp(client, workload, -1);
	}

	/**
	 * Sends requests that are not timed.
	 * @param run number of the first run, below 0; further ones count down
	 * @return number of the next run
	 */
	public int warmUp(LoadClient client, Workload workload, int run) throws InterruptedException {
		long begin = System.nanoTime();
		int next = run;
		if (this.warmUp > 0) {
			client.closedLoop(workload.requests(this.warmUp, next--), this.streams);
		}
		while (System.nanoTime() - begin < this.warmUpSeconds * 1e9) {
			client.closedLoop(workload.requests(this.streams, next--), this.streams);
		}
		return next;
	}

	/**
	 * Runs once.
	 * @param run its number, from 0
	 */
	public LoadRun run(LoadClient client, Workload workload, int run, long seed) throws InterruptedException {
		return (this.rate != null) ? open(client, workload, run, this.rate, seed)
				: closed(client, workload, run, this.streams);
	}

	/**
	 * Runs a closed loop once.
	 */
	public LoadRun closed(LoadClient client, Workload workload, int run, int streamCount) throws InterruptedException {
		return client.closedLoop(workload.requests(streamCount * this.requests, run), streamCount);
	}

	/**
	 * Runs an open loop once.
	 */
	public LoadRun open(LoadClient client, Workload workload, int run, double requestRate, long seed)
			throws InterruptedException {
		List<PlannedRequest> planned = workload.requests(this.streams * this.requests, run);
		return client.openLoop(planned, this.arrivals.times(planned.size(), requestRate, seed + run));
	}

	/**
	 * Warms up and runs as often as was asked for.
	 */
	public List<LoadRun> repeat(LoadClient client, Workload workload, long seed) throws InterruptedException {
		warmUp(client, workload);
		return timed(client, workload, seed);
	}

	/**
	 * Runs as often as was asked for.
	 */
	public List<LoadRun> timed(LoadClient client, Workload workload, long seed) throws InterruptedException {
		List<LoadRun> runs = new ArrayList<>();
		for (int i = 0; i < this.repetitions; i++) {
			runs.add(run(client, workload, i, seed));
		}
		return runs;
	}

	/**
	 * Returns the number of timed runs.
	 */
	public int repetitions() {
		return this.repetitions;
	}

	/**
	 * Returns how many requests are in flight in a closed loop.
	 */
	public int streams() {
		return this.streams;
	}

	/**
	 * Returns a few words on the load.
	 */
	public String text() {
		return (this.rate != null)
				? "open loop, %s requests/s (%s)".formatted(this.rate, this.arrivals.name().toLowerCase(Locale.ROOT))
				: "closed loop, %d streams".formatted(this.streams);
	}

}
