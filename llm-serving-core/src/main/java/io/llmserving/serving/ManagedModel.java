package io.llmserving.serving;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStateChange;
import io.llmserving.catalog.ModelSources;
import io.llmserving.engine.EngineHandle;
import io.llmserving.engine.EngineSettings;
import io.llmserving.serving.ServingControl.ModelStatus;
import io.llmserving.spi.EngineObserver;

/**
 * One configured model and its engine. Loading and unloading are done by one thread at a
 * time; the rest is safe for use by many.
 */
final class ManagedModel {

	private static final Logger logger = LoggerFactory.getLogger(ManagedModel.class);

	private final ModelSettings settings;

	private final EngineHandle engine;

	private volatile @Nullable String doing;

	ManagedModel(ModelSettings settings, List<EngineObserver> observers, Consumer<EngineStateChange> changes,
			Runnable demand) {
		this.settings = settings;
		this.engine = new EngineHandle(settings.id(), engineSettings(settings), observers, changes, demand);
	}

	private static EngineSettings engineSettings(ModelSettings s) {
		ModelSettings.Scheduling scheduling = s.scheduling();
		return new EngineSettings(scheduling.maxSequences(), scheduling.tokensPerStep(), scheduling.queueSize(),
				scheduling.requestTimeout(), scheduling.readyTimeout(), scheduling.slowReaderTimeout(),
				s.contextLength(), s.prefixSharing(), s.sampling(), s.restart().maxAttempts(),
				s.restart().initialDelay(), s.restart().maxDelay());
	}

	ModelSettings settings() {
		return this.settings;
	}

	EngineHandle engine() {
		return this.engine;
	}

	/** Notes what a load is at, for those who look at the model meanwhile. */
	void doing(@Nullable String what) {
		this.doing = what;
	}

	ModelStatus status() {
		Throwable failure = this.engine.failure();
		String reason = (failure != null) ? failure.getMessage()
				: (this.engine.state() == EngineState.LOADING) ? this.doing : null;
		boolean awaited = this.settings.required() && this.settings.load() == ModelSettings.Load.STARTUP;
		return new ModelStatus(this.settings.id(), this.settings.displayedSource(), awaited, this.engine.state(),
				reason);
	}

	/**
	 * Fetches and loads the model; a failure leaves the engine failed.
	 */
	void load(ModelSources sources, ModelLoader loader) throws InterruptedException {
		this.engine.loading();
		try {
			doing("looking for " + this.settings.displayedSource());
			Path path = sources.resolve(this.settings.source(), new DownloadProgress(this.settings.id(), this));
			doing("packing weights");
			this.engine.loaded(loader.load(this.settings, path));
		}
		catch (IOException ex) {
			logger.error("Model '{}' could not be fetched: {}", this.settings.id(), ex.getMessage());
			this.engine.failed(ex);
		}
		catch (ModelStartupException ex) {
			logger.error("Model '{}' could not be loaded: {}\nAction: {}", this.settings.id(), ex.getMessage(),
					ex.remedy());
			this.engine.failed(ex);
		}
		catch (RuntimeException ex) {
			logger.error("Model '{}' could not be loaded", this.settings.id(), ex);
			this.engine.failed(ex);
		}
		finally {
			doing(null);
		}
	}

	/** Lets running requests finish and frees the model's memory. */
	void unload(Duration drain) throws InterruptedException {
		this.engine.drain(drain);
		this.engine.close();
	}

}
