package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Streams that a step wrote to, on their way to their subscribers: each executor is
 * called once a step, however many streams it has. Engine thread only; no allocation in
 * the steady state.
 */
final class Wakes {

	private final List<RequestStream> streams = new ArrayList<>(64);

	/** Lanes that have to be signalled. */
	private final List<Lane> lanes = new ArrayList<>(16);

	/** Notes that a stream has something to tell. */
	void add(RequestStream stream) {
		if (stream.claim()) {
			this.streams.add(stream);
		}
	}

	/** Lets the subscribers of all noted streams see what was written. */
	void flush() {
		for (int i = 0; i < this.streams.size(); i++) {
			RequestStream stream = this.streams.get(i);
			Lane lane = stream.lane();
			if (lane == null) {
				stream.deliver();
			}
			else if (lane.push(stream)) {
				this.lanes.add(lane);
			}
		}
		this.streams.clear();
		for (int i = 0; i < this.lanes.size(); i++) {
			this.lanes.get(i).signal();
		}
		this.lanes.clear();
	}

}
