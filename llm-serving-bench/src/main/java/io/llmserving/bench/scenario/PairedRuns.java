package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.bench.load.LoadRun;
import io.llmserving.bench.server.Alternation;

/**
 * Runs of two loads on one server, taken in turns: AB BA.
 *
 * @param first of the one load, by round
 * @param second of the other
 */
record PairedRuns(List<LoadRun> first, List<LoadRun> second) {

	/**
	 * Puts both loads on the server, once in each round.
	 */
	static PairedRuns take(int rounds, Load first, Load second) throws InterruptedException {
		PairedRuns runs = new PairedRuns(new ArrayList<>(), new ArrayList<>());
		for (int round = 0; round < rounds; round++) {
			for (Load load : Alternation.order(List.of(first, second), round)) {
				((load == first) ? runs.first : runs.second).add(load.run(round));
			}
		}
		return runs;
	}

	/**
	 * A load.
	 */
	@FunctionalInterface
	interface Load {

		/**
		 * Runs it once.
		 * @param round number from 0: each has prompts of its own
		 */
		LoadRun run(int round) throws InterruptedException;

	}

}
