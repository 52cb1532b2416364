package io.llmserving.engine;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.FinishReason;
import io.llmserving.api.SamplingParameters;
import io.llmserving.cache.BlockHasher;
import io.llmserving.cache.KvCache;
import io.llmserving.decoding.StopRules;
import io.llmserving.engine.Counters.Kind;
import io.llmserving.runtime.StepResult;
import io.llmserving.spi.EngineObserver.Outcome;

/**
 * Carries what a step found to sequences and their readers. A token costs no allocation.
 * Engine thread only.
 */
class ResultApplier {

	private final Requests requests;

	private final Counters counters;

	private final Observers observers;

	private final BlockHasher hasher = new BlockHasher();

	private final Wakes wakes = new Wakes();

	ResultApplier(Requests requests, Counters counters, Observers observers) {
		this.requests = requests;
		this.counters = counters;
		this.observers = observers;
	}

	void apply(Flight flight, StepResult result, KvCache cache, long now) {
		for (int entry = 0; entry < flight.count; entry++) {
			if (!stale(flight, entry)) {
				apply(flight, entry, result, cache, now);
			}
		}
		this.wakes.flush();
	}

	boolean stale(Flight flight, int entry) {
		return flight.stale(entry);
	}

	private void apply(Flight flight, int entry, StepResult result, KvCache cache, long now) {
		Sequence sequence = flight.sequences[entry];
		Request request = sequence.request;
		int first = flight.upTo[entry] - flight.counts[entry];
		this.counters.add(Kind.PROMPT_TOKENS, Math.max(0, Math.min(flight.upTo[entry], sequence.promptLength) - first));
		sequence.computed = flight.upTo[entry];
		if (sequence.computed >= sequence.suspectUntil) {
			sequence.suspectUntil = 0;
		}
		cache.written(sequence.row, sequence.keys, sequence.computed);
		for (int i = 0; i < flight.targets[entry]; i++) {
			int target = flight.firstTarget[entry] + i;
			request.prompt.append(sequence.tokens[sequence.scored++], false, result.targets, target);
		}
		if (sequence.choice == 0 && !request.promptDone && sequence.computed >= sequence.promptLength) {
			request.promptDone = true;
			request.stream.start(request.cachedTokens);
		}
		int job = flight.jobs[entry];
		if (job >= 0) {
			token(sequence, result, job, now);
		}
		else if (request.admitted.maxTokens() == 0 && sequence.computed == sequence.promptLength) {
			this.requests.finish(sequence, new TokenLog.End(FinishReason.LENGTH, null, null), now);
			this.wakes.add(request.stream);
		}
	}

	private void token(Sequence sequence, StepResult result, int job, long now) {
		Request request = sequence.request;
		if (result.jobs.status[job] != StepResult.FINE) {
			String what = (result.jobs.status[job] == StepResult.NOT_FINITE) ? "are not finite" : "are all masked";
			this.requests.fail(request, new EngineFailedException("The model's logits for token %d of choice %d %s"
				.formatted(sequence.generated(), sequence.choice, what), null), Outcome.FAILED, now);
			return;
		}
		int token = result.jobs.token[job];
		sequence.samples--;
		sequence.append(token, this.hasher);
		request.generated++;
		this.counters.add(Kind.GENERATED_TOKENS, 1);
		time(sequence, now);
		StopRules.Verdict verdict = sequence.stops.accept(token);
		boolean silent = verdict == StopRules.Verdict.EOS || verdict == StopRules.Verdict.STOP_TOKEN;
		request.choices[sequence.choice].append(token, silent, result.jobs, job);
		TokenLog.End end = end(sequence, verdict, token);
		if (end != null) {
			this.requests.finish(sequence, end, now);
		}
		this.wakes.add(request.stream);
	}

	private void time(Sequence sequence, long now) {
		Request request = sequence.request;
		if (request.firstTokenAt == 0) {
			request.firstTokenAt = now;
			this.observers.firstToken(now - request.submitted);
			request.listeners.firstToken();
		}
		else if (sequence.lastTokenAt != 0) {
			this.observers.nextToken(now - sequence.lastTokenAt);
		}
		sequence.lastTokenAt = now;
	}

	private static TokenLog.@Nullable End end(Sequence sequence, StopRules.Verdict verdict, int token) {
		SamplingParameters sampling = sequence.request.admitted.sampling();
		return switch (verdict) {
			case CONTINUES -> null;
			case EOS -> new TokenLog.End(FinishReason.STOP, null, null);
			case STOP_TOKEN -> new TokenLog.End(FinishReason.STOP, null, token);
			case STOP_STRING -> new TokenLog.End(FinishReason.STOP, sampling.stop().get(sequence.stops.stop()), null);
			case LIMIT -> new TokenLog.End(FinishReason.LENGTH, null, null);
		};
	}

}
