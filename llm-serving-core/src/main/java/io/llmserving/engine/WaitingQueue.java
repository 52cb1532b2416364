package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Sequences that are not in the batch, those to go first in front. One that does not fit
 * may be passed by others a bounded number of times. Engine thread only.
 */
final class WaitingQueue {

	/** How many sequences are looked at behind one that does not fit. */
	private static final int LOOK_AHEAD = 8;

	/** How often a sequence may be passed before all others wait for it. */
	private static final int MOST_BYPASSES = 32;

	private final List<Sequence> sequences = new ArrayList<>();

	void add(Sequence sequence) {
		int place = this.sequences.size();
		while (place > 0 && sequence.before(this.sequences.get(place - 1))) {
			place--;
		}
		this.sequences.add(place, sequence);
	}

	void remove(Sequence sequence) {
		this.sequences.remove(sequence);
	}

	int size() {
		return this.sequences.size();
	}

	Sequence get(int place) {
		return this.sequences.get(place);
	}

	/** Takes out a sequence that goes before all that wait in front of it. */
	Sequence take(int place) {
		for (int i = 0; i < place; i++) {
			Sequence passed = this.sequences.get(i);
			passed.bypassed += passed.held() ? 0 : 1;
		}
		Sequence taken = this.sequences.remove(place);
		taken.bypassed = 0;
		return taken;
	}

	/** Whether those behind a sequence that does not fit may be looked at. */
	static boolean mayPass(Sequence refused, int refusals) {
		return refused.bypassed < MOST_BYPASSES && refusals < LOOK_AHEAD;
	}

}
