package io.llmserving.bench.scenario;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.load.Workload;
import io.llmserving.bench.options.LoopOptions;
import io.llmserving.bench.options.TargetOptions;
import io.llmserving.bench.options.WorkloadOptions;
import io.llmserving.bench.server.RunningServer;
import io.llmserving.bench.server.ServerDefinition;
import org.jspecify.annotations.Nullable;

/**
 * Servers that take turns. All of them run from the first turn to the last one and idle
 * while others are measured: a JVM stays compiled, and nobody's start is waited for
 * twice.
 */
final class Contenders implements AutoCloseable {

	private final LoopOptions loop;

	private final long seed;

	private final List<Contender> all = new ArrayList<>();

	/** Numbers prompts, so that none comes twice, not even to a server with two names. */
	private int runs;

	private int warmUps = -1;

	private Contenders(LoopOptions loop, long seed) {
		this.loop = loop;
		this.seed = seed;
	}

	/**
	 * Starts those that have a command, one after the other, and warms all up.
	 */
	static Contenders start(List<ServerDefinition> servers, TargetOptions target, WorkloadOptions workload,
			LoopOptions loop) throws IOException, InterruptedException {
		Contenders contenders = new Contenders(loop, workload.seed());
		try {
			for (ServerDefinition server : servers) {
				Workload requests = workload.workload(server.target(), server.body());
				LoadClient client = target.client(server.target());
				// Last, as nothing may fail between the start and the list that is
				// closed.
				RunningServer running = (server.command() != null) ? target.start(server) : null;
				contenders.all.add(new Contender(server, requests, client, running));
			}
			for (Contender contender : contenders.all) {
				contenders.warmUps = loop.warmUp(contender.client(), contender.requests(), contenders.warmUps);
			}
			return contenders;
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			contenders.close();
			throw ex;
		}
	}

	/**
	 * Returns them in the order they were named.
	 */
	List<Contender> all() {
		return List.copyOf(this.all);
	}

	/**
	 * Puts the load on one of them, after a request of each stream that isn't timed: the
	 * processor's caches are another's when a turn begins.
	 */
	LoadRun turn(Contender contender) throws InterruptedException {
		rouse(contender);
		return this.loop.run(contender.client(), contender.requests(), this.runs++, this.seed);
	}

	/**
	 * Puts load on one of them at a rate.
	 */
	LoadRun turn(Contender contender, double rate) throws InterruptedException {
		return this.loop.open(contender.client(), contender.requests(), this.runs++, rate, this.seed);
	}

	/**
	 * Sends a request of each stream that isn't timed.
	 */
	void rouse(Contender contender) throws InterruptedException {
		contender.client()
			.closedLoop(contender.requests().requests(this.loop.streams(), this.warmUps--), this.loop.streams());
	}

	@Override
	public void close() throws IOException {
		IOException failure = null;
		for (Contender contender : this.all) {
			contender.client().close();
			try {
				if (contender.running() != null) {
					contender.running().close();
				}
			}
			catch (IOException ex) {
				failure = ex;
			}
		}
		if (failure != null) {
			throw failure;
		}
	}

	/**
	 * A server and what it is asked.
	 *
	 * @param running null if it wasn't started here
	 */
	record Contender(ServerDefinition server, Workload requests, LoadClient client, @Nullable RunningServer running) {

		String name() {
			return this.server.name();
		}

	}

}
