package io.llmserving.engine;

import io.llmserving.runtime.StepPlan;

/**
 * Copies plans, as a runner does when one is submitted.
 */
final class PlanCopy {

	private PlanCopy() {
	}

	static StepPlan of(StepPlan from) {
		StepPlan to = new StepPlan();
		for (int i = 0; i < from.tokens().count(); i++) {
			if (from.tokens().get(i, 1) < 0) {
				to.addToken(from.tokens().get(i, 0));
			}
			else {
				long ticket = from.tokens().get(i, 2) & 0xFFFFFFFFL | (long) from.tokens().get(i, 3) << 32;
				to.addToken(ticket, from.tokens().get(i, 1));
			}
		}
		StepPlan.Table t = from.sequences();
		for (int i = 0; i < t.count(); i++) {
			to.addSequence(t.get(i, 0), t.get(i, 1), t.get(i, 2), t.get(i, 3));
		}
		for (int i = 0; i < from.itemSequences().count(); i++) {
			to.addItemSequence(from.itemSequences().get(i, 0));
		}
		t = from.items();
		for (int i = 0; i < t.count(); i++) {
			to.addItem(t.get(i, 0), t.get(i, 1), t.get(i, 2), t.get(i, 3), t.get(i, 4), t.get(i, 5));
		}
		t = from.blockOps();
		for (int i = 0; i < t.count(); i++) {
			if (t.get(i, 1) == 0) {
				to.addCopy(t.get(i, 2), t.get(i, 3), t.get(i, 4), t.get(i, 5));
			}
			else {
				to.addCopyAfter(t.get(i, 2), t.get(i, 3), t.get(i, 4), t.get(i, 5));
			}
		}
		heads(from, to);
		to.topStride(from.topStride());
		return to;
	}

	private static void heads(StepPlan from, StepPlan to) {
		for (int i = 0; i < from.headRows().count(); i++) {
			to.addHeadRow(from.headRows().get(i, 0));
		}
		StepPlan.Table t = from.jobs();
		for (int i = 0; i < t.count(); i++) {
			to.addJob(t.get(i, 0), t.get(i, 1), t.get(i, 2), t.get(i, 3), t.get(i, 4) == 1, t.get(i, 5));
		}
		t = from.targets();
		for (int i = 0; i < t.count(); i++) {
			to.addTarget(t.get(i, 0), t.get(i, 1), t.get(i, 2));
		}
	}

}
