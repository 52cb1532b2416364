package io.llmserving.bench.server;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The order of turns: AB BA AB …, so that none is always the first after the others' heat
 * and drift of the machine falls on all alike.
 */
public final class Alternation {

	private Alternation() {
	}

	/**
	 * Returns who has its turn in a round, in order.
	 * @param round number from 0
	 */
	public static <T> List<T> order(List<T> contenders, int round) {
		List<T> order = new ArrayList<>(contenders);
		if (round % 2 == 1) {
			Collections.reverse(order);
		}
		return order;
	}

}
