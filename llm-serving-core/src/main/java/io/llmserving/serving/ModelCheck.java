package io.llmserving.serving;

import java.nio.file.Path;

import io.llmserving.api.InvalidRequestException;
import io.llmserving.catalog.ModelSources;
import io.llmserving.spi.ModelSourceException;

/**
 * Finds out without download and weights what keeps a model from being loaded.
 */
final class ModelCheck {

	private final ModelSources sources;

	private final Devices devices;

	private final ModelLoader loader;

	ModelCheck(ModelSources sources, Devices devices, ModelLoader loader) {
		this.sources = sources;
		this.devices = devices;
		this.loader = loader;
	}

	/**
	 * Checks a configured model; memory is set aside for the weights of one that loads at
	 * start-up and whose file is there.
	 * @throws ModelStartupException if it can never be loaded as it stands
	 */
	void configured(ModelSettings wanted) {
		try {
			this.sources.validate(wanted.source());
			Path present = this.sources.present(wanted.source());
			if (present != null && wanted.load() == ModelSettings.Load.STARTUP) {
				this.loader.check(wanted, present);
			}
		}
		catch (ModelSourceException ex) {
			throw new ModelStartupException(wanted.id(), String.valueOf(ex.getMessage()),
					"Correct the property llm.serving.models.%s.source.".formatted(wanted.id()), ex);
		}
	}

	/**
	 * Checks a model that is added at run time.
	 * @throws InvalidRequestException if its source can never be resolved
	 * @throws ModelStartupException if its device cannot be used
	 */
	void added(ModelSettings wanted) {
		try {
			this.sources.validate(wanted.source());
		}
		catch (ModelSourceException ex) {
			throw new InvalidRequestException(String.valueOf(ex.getMessage()), "source", null);
		}
		this.devices.open(wanted).close();
	}

}
