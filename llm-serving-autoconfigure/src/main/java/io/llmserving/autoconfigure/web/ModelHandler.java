package io.llmserving.autoconfigure.web;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.LlmServing;

/**
 * Lists the models that a caller may use.
 */
public final class ModelHandler {

	private final LlmServing serving;

	private final Engines engines;

	private final JsonMapper json;

	private final long created;

	public ModelHandler(LlmServing serving, JsonMapper json, Clock clock) {
		this.serving = serving;
		this.engines = new Engines(serving);
		this.json = json;
		this.created = clock.instant().getEpochSecond();
	}

	Mono<ServerResponse> list(ServerRequest request) {
		Caller caller = Caller.of(request.exchange());
		List<Map<String, Object>> data = this.serving.names()
			.stream()
			.filter(caller::mayUse)
			.map(this::describe)
			.toList();
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("object", "list");
		body.put("data", data);
		return ByteResponse.json(this.json.writeValueAsString(body));
	}

	Mono<ServerResponse> get(ServerRequest request) {
		String id = request.pathVariable("id").substring(1);
		return Mono.fromSupplier(() -> {
			this.engines.existing(Caller.of(request.exchange()), id);
			return describe(id);
		}).flatMap((model) -> ByteResponse.json(this.json.writeValueAsString(model)));
	}

	private Map<String, Object> describe(String name) {
		Map<String, Object> model = new LinkedHashMap<>();
		model.put("id", name);
		model.put("object", "model");
		model.put("created", this.created);
		model.put("owned_by", "llm-serving");
		return model;
	}

}
