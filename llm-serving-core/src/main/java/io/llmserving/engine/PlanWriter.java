package io.llmserving.engine;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.StepPlan;

/**
 * Writes what sequences do in a step into its plan. Engine thread only.
 */
final class PlanWriter {

	private PlanWriter() {
	}

	/**
	 * Adds a sequence's next tokens, and a sampler job if they are its last.
	 * @return the entry
	 */
	static int write(Flight flight, Sequence sequence, int count) {
		StepPlan plan = flight.plan;
		int first = plan.tokens().count();
		for (int i = 0; i < count; i++) {
			int position = sequence.planned + i;
			if (position < sequence.length) {
				plan.addToken(sequence.tokens[position]);
			}
			else {
				plan.addToken(sampler(sequence).ticket, sequence.samplerJob);
			}
		}
		plan.addSequence(first, count, sequence.planned, sequence.row);
		int entry = flight.add(sequence, sequence.planned + count, count);
		targets(flight, entry, first, count);
		boolean samples = sequence.samplesAfter(count);
		sequence.planned += count;
		if (samples) {
			sample(flight, entry, plan.addHeadRow(first + count - 1));
		}
		return entry;
	}

	// At most one token is sampled and not planned: the last one.
	private static Flight sampler(Sequence sequence) {
		Flight flight = sequence.sampler;
		if (flight == null) {
			throw new IllegalStateException("Token %d of %d is neither known nor sampled".formatted(sequence.planned,
					sequence.length + sequence.samples));
		}
		return flight;
	}

	/** Adds an entry's sampler job on a head row. */
	static void sample(Flight flight, int entry, int headRow) {
		Sequence sequence = flight.sequences[entry];
		SamplingParameters sampling = sequence.request.admitted.sampling();
		int position = sequence.generated() + sequence.samples;
		flight.jobs[entry] = flight.plan.addJob(headRow, sequence.row, sequence.choice, position, true, -1);
		sequence.samples++;
		sequence.sampler = flight;
		sequence.samplerJob = flight.jobs[entry];
		stride(flight.plan, sampling.logprobs());
	}

	// The logits at a position tell the logprob of the prompt token behind it. Those that
	// an earlier life of the sequence had are not asked for again.
	private static void targets(Flight flight, int entry, int first, int count) {
		Sequence sequence = flight.sequences[entry];
		Integer top = sequence.request.admitted.sampling().promptLogprobs();
		if (top == null || sequence.choice != 0) {
			return;
		}
		for (int i = 0; i < count; i++) {
			int scored = sequence.planned + i + 1;
			if (scored < sequence.promptLength && scored >= sequence.scored) {
				flight.plan.addTarget(flight.plan.addHeadRow(first + i), sequence.tokens[scored], top);
				stride(flight.plan, top);
			}
		}
		flight.targets[entry] = flight.plan.targets().count() - flight.firstTarget[entry];
	}

	private static void stride(StepPlan plan, @Nullable Integer top) {
		if (top != null && top > plan.topStride()) {
			plan.topStride(top);
		}
	}

}
