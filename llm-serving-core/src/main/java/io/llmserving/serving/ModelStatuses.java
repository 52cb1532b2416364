package io.llmserving.serving;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.serving.ServingControl.ModelStatus;

/**
 * What is to be known of the models behind any façade: all of it where the façade is
 * {@link ServingControl}, else what the engines themselves tell.
 */
public final class ModelStatuses {

	private ModelStatuses() {
	}

	/**
	 * Returns the models in the façade's order.
	 */
	public static List<ModelStatus> of(LlmServing serving) {
		if (serving instanceof ServingControl control) {
			return control.models();
		}
		return serving.engines().stream().map(ModelStatuses::status).toList();
	}

	/**
	 * Returns what is known of a model that is ready, null of any other: also of one that
	 * is unloaded at this very moment.
	 */
	public static @Nullable EngineInfo facts(LlmEngine engine) {
		return (engine.state() == EngineState.READY) ? engine.ready().onErrorComplete().toFuture().getNow(null) : null;
	}

	private static ModelStatus status(LlmEngine engine) {
		return new ModelStatus(engine.id(), "", ModelSettings.Load.STARTUP, true, false, null, engine.state(), null,
				null);
	}

}
