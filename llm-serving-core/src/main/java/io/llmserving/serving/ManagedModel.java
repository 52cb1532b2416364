package io.llmserving.serving;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStateChange;
import io.llmserving.api.NotReadyException;
import io.llmserving.catalog.ModelSources;
import io.llmserving.engine.EngineHandle;
import io.llmserving.engine.EngineSettings;
import io.llmserving.engine.LoadedModel;
import io.llmserving.serving.LoadProgress.Phase;
import io.llmserving.serving.ServingControl.ModelStatus;
import io.llmserving.spi.EngineObserver;

/**
 * One configured model and its engine. Loading and unloading are done by one thread at a
 * time; the rest is safe for use by many.
 */
final class ManagedModel {

	private static final Logger logger = LoggerFactory.getLogger(ManagedModel.class);

	private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

	private final ModelSettings settings;

	private final EngineHandle engine;

	private volatile @Nullable String doing;

	private volatile @Nullable LoadProgress progress;

	/** What memory the last load lacked, null if it was not for that. */
	private volatile @Nullable String shortage;

	private volatile boolean pinned;

	/**
	 * Makes a model ready to run.
	 */
	@FunctionalInterface
	interface Loading {

		LoadedModel load(ModelSettings model, Path path) throws InterruptedException;

	}

	ManagedModel(ModelSettings settings, List<EngineObserver> observers, Consumer<EngineStateChange> changes,
			BooleanSupplier demand) {
		this.settings = settings;
		this.pinned = settings.pinned();
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

	boolean pinned() {
		return this.pinned;
	}

	void pin(boolean whether) {
		this.pinned = whether;
	}

	/** Whether its memory may be taken for another model, now that nobody uses it. */
	boolean evictable() {
		return !this.pinned && this.settings.load() == ModelSettings.Load.ON_DEMAND
				&& this.engine.state() == EngineState.READY && this.engine.unusedSince() != null;
	}

	/** Whether a request that comes now is answered, perhaps after a load. */
	boolean serves() {
		return switch (this.engine.state()) {
			case READY, RESTARTING -> true;
			case UNLOADED, DRAINING -> this.settings.load() == ModelSettings.Load.ON_DEMAND;
			case LOADING, FAILED -> false;
		};
	}

	/** Notes what a load is at, for those who look at the model meanwhile. */
	void doing(String what, LoadProgress at) {
		this.doing = what;
		this.progress = at;
	}

	/** Tells that the model will be loaded once other tasks are done. */
	void queued() {
		if (this.engine.state() != EngineState.LOADING) {
			doing("waiting for other models to be loaded or unloaded", new LoadProgress(Phase.WAITING, 0, 0));
			this.engine.queued();
		}
	}

	ModelStatus status() {
		Throwable failure = this.engine.failure();
		boolean loading = this.engine.state() == EngineState.LOADING;
		String reason = (failure != null) ? failure.getMessage() : loading ? this.doing : this.shortage;
		boolean awaited = this.settings.required() && this.settings.load() == ModelSettings.Load.STARTUP;
		return new ModelStatus(this.settings.id(), this.settings.displayedSource(), this.settings.load(), awaited,
				this.pinned, this.settings.fallback(), this.engine.state(), reason, loading ? this.progress : null);
	}

	/**
	 * Fetches and loads the model unless it is there; a failure leaves the engine failed.
	 */
	void load(ModelSources sources, Loading loading) throws InterruptedException {
		if (this.engine.state() == EngineState.READY || this.engine.state() == EngineState.RESTARTING) {
			return;
		}
		if (this.engine.state() == EngineState.FAILED) {
			this.engine.close();
		}
		this.shortage = null;
		this.engine.loading();
		try {
			doing("looking for " + this.settings.displayedSource(), new LoadProgress(Phase.RESOLVING, 0, 0));
			Path path = sources.resolve(this.settings.source(), new DownloadProgress(this.settings.id(), this));
			doing("packing weights", new LoadProgress(Phase.PACKING, 0, 0));
			this.engine.loaded(loading.load(this.settings, path));
		}
		catch (IOException ex) {
			logger.error("Model '{}' could not be fetched: {}", this.settings.id(), ex.getMessage());
			this.engine.failed(ex);
		}
		catch (InsufficientMemoryException ex) {
			outOfMemory(ex);
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
			this.doing = null;
			this.progress = null;
		}
	}

	// Others may give memory back, so that a model on demand is not failed for good.
	private void outOfMemory(InsufficientMemoryException ex) {
		if (this.settings.load() != ModelSettings.Load.ON_DEMAND) {
			logger.error("Model '{}' finds no memory: {}\nAction: {}", this.settings.id(), ex.getMessage(),
					ex.remedy());
			this.engine.failed(ex);
			return;
		}
		logger.warn("Model '{}' finds no memory now: {}\nAction: {}", this.settings.id(), ex.getMessage(), ex.remedy());
		this.shortage = ex.getMessage();
		this.engine.postponed(new NotReadyException(
				"The model %s finds no memory now: %s".formatted(this.settings.id(), ex.getMessage()), RETRY_AFTER));
	}

	/**
	 * Lets running requests finish and frees the model's memory.
	 * @param again whether it is loaded again afterwards
	 */
	void unload(Duration drain, boolean again) throws InterruptedException {
		this.engine.unload(drain, again);
	}

}
