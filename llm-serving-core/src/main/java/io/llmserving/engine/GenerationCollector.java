package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.TokenInfo;

/**
 * Puts an answer together from its events.
 */
final class GenerationCollector {

	private GenerationCollector() {
	}

	static Generation collect(List<GenerationEvent> events) {
		GenerationEvent.Started started = (GenerationEvent.Started) events.get(0);
		GenerationEvent.Completed completed = (GenerationEvent.Completed) events.get(events.size() - 1);
		Map<Integer, StringBuilder> texts = new TreeMap<>();
		Map<Integer, List<TokenInfo>> tokens = new TreeMap<>();
		Map<Integer, GenerationEvent.ChoiceFinished> ends = new TreeMap<>();
		for (GenerationEvent event : events) {
			if (event instanceof GenerationEvent.Delta delta) {
				texts.computeIfAbsent(delta.choice(), (c) -> new StringBuilder()).append(delta.text());
				tokens.computeIfAbsent(delta.choice(), (c) -> new ArrayList<>()).addAll(delta.tokens());
			}
			else if (event instanceof GenerationEvent.ChoiceFinished end) {
				ends.put(end.choice(), end);
			}
		}
		List<Generation.Choice> choices = new ArrayList<>();
		ends.forEach((choice,
				end) -> choices.add(new Generation.Choice(choice,
						Objects.requireNonNullElse(texts.get(choice), new StringBuilder()).toString(),
						tokens.getOrDefault(choice, List.of()), end.reason(), end.stopSequence())));
		return new Generation(started.requestId(), started.model(), choices, completed.usage(), completed.timings(),
				started.promptLogprobs());
	}

}
