package io.llmserving.bench.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.LoadSummary;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.machine.ProcessUse;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.server.ServerDefinition;
import io.llmserving.bench.statistics.Bootstrap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A server as a process: how soon it answers, what it keeps in memory, what it costs
 * while idle, and what all but the computing costs under load.
 */
@Command(name = "process", mixinStandardHelpOptions = true,
		description = "Starts a server and measures its start, memory, idle CPU time and CPU time outside of the engine's threads.")
public final class ProcessCommand extends LoadScenario {

	@Option(names = "--train", paramLabel = "COMMAND",
			description = "Command line that starts the server once before, until it has answered: a training run that writes the JDK's AOT cache.")
	private @Nullable String train;

	@Option(names = "--starts", paramLabel = "N",
			description = "Timed starts, after one that brings files into the page cache. Default: ${DEFAULT-VALUE}",
			defaultValue = "5")
	private int starts = 5;

	@Option(names = "--at-streams", split = ",", paramLabel = "N",
			description = "Streams of each load. Default: ${DEFAULT-VALUE}", defaultValue = "1,8,32")
	private List<Integer> streams = List.of();

	@Option(names = "--many", paramLabel = "N",
			description = "Requests after which memory is read again. Default: ${DEFAULT-VALUE}",
			defaultValue = "10000")
	private int many = 10_000;

	@Option(names = "--idle", paramLabel = "SECONDS", description = "Time without requests. Default: ${DEFAULT-VALUE}",
			defaultValue = "10")
	private int idle = 10;

	@Override
	public Integer call() throws Exception {
		Target server = this.target.target();
		ServerDefinition definition = this.target.definition(server);
		if (definition.command() == null) {
			throw new IllegalArgumentException("Give --start with the command line that starts the server");
		}
		this.output.begin();
		if (this.train != null) {
			this.target.start(definition.startedBy(this.train)).close();
		}
		double[] seconds = new double[this.starts];
		for (int i = -1; i < this.starts; i++) {
			try (RunningServer running = this.target.start(definition)) {
				if (i >= 0) {
					seconds[i] = running.firstTokenNanos() / 1e9;
				}
			}
		}
		ProcessResult result = measure(definition, new ProcessResult.Start(Bootstrap.median(seconds), seconds));
		this.output.end(result, result.text());
		return result.clean() ? 0 : 1;
	}

	private ProcessResult measure(ServerDefinition definition, ProcessResult.Start start)
			throws IOException, InterruptedException {
		try (RunningServer running = this.target.start(definition);
				LoadClient client = this.target.client(definition.target())) {
			long pid = running.pid();
			Workload requests = this.workload.workload(definition.target());
			ProcessUse first = ProcessUse.of(pid);
			this.loop.warmUp(client, requests);
			List<ProcessResult.Load> loads = new ArrayList<>();
			for (int count : this.streams) {
				loads.add(load(pid, client, requests, count, loads.size()));
			}
			double idleBefore = idleCores(pid);
			LoadRun many = client.closedLoop(requests.requests(this.many, 999), this.loop.streams());
			ProcessUse after = ProcessUse.of(pid);
			return new ProcessResult(start, first.residentBytes(), after.residentBytes(),
					after.residentAnonymousBytes(), this.many, idleBefore, idleCores(pid), loads,
					LoadSummary.of(List.of(many), this.slo.slo()));
		}
	}

	private ProcessResult.Load load(long pid, LoadClient client, Workload requests, int count, int number)
			throws IOException, InterruptedException {
		ProcessUse before = ProcessUse.of(pid);
		long start = System.nanoTime();
		List<LoadRun> runs = new ArrayList<>();
		for (int i = 0; i < this.loop.repetitions(); i++) {
			runs.add(this.loop.closed(client, requests, 100 * number + i, count));
		}
		double wall = (System.nanoTime() - start) / 1e9;
		ProcessUse use = ProcessUse.of(pid).since(before);
		int cores = Runtime.getRuntime().availableProcessors();
		return new ProcessResult.Load(count, wall, use.cpuSeconds(), use.outsideTeam() / (cores * wall),
				use.threadSeconds(), LoadSummary.of(runs, this.slo.slo()));
	}

	private double idleCores(long pid) throws IOException, InterruptedException {
		ProcessUse before = ProcessUse.of(pid);
		long start = System.nanoTime();
		TimeUnit.SECONDS.sleep(this.idle);
		return ProcessUse.of(pid).since(before).cpuSeconds() * 1e9 / (System.nanoTime() - start);
	}

}
