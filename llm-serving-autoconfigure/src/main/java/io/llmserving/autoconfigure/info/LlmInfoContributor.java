package io.llmserving.autoconfigure.info;

import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.serving.ModelStatuses;

/**
 * Tells which models there are and what runs them. Sources and paths are not told, which
 * may be nobody's business.
 */
final class LlmInfoContributor implements InfoContributor {

	private final LlmServing serving;

	LlmInfoContributor(LlmServing serving) {
		this.serving = serving;
	}

	@Override
	public void contribute(Info.Builder builder) {
		Map<String, Object> models = new LinkedHashMap<>();
		this.serving.engines().forEach((engine) -> models.put(engine.id(), describe(engine)));
		builder.withDetail("llm", Map.of("models", models));
	}

	private static Map<String, Object> describe(LlmEngine engine) {
		Map<String, Object> model = new LinkedHashMap<>();
		model.put("state", engine.state());
		EngineInfo info = ModelStatuses.facts(engine);
		if (info != null) {
			model.put("architecture", info.architecture());
			model.put("quantization", info.quantization());
			model.put("parameters", info.parameters());
			model.put("contextLength", info.contextLength());
			model.put("device", info.device());
			model.put("fingerprint", info.fingerprint());
		}
		return model;
	}

}
