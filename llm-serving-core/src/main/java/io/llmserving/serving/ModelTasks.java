package io.llmserving.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.catalog.ModelSources;
import io.llmserving.engine.LoadedModel;

/**
 * Loads and unloads models, one after another on a thread of their own. Where memory does
 * not suffice, those models make room that are loaded on demand, not pinned and not in
 * use, the longest unused first. Safe for use by many threads.
 */
final class ModelTasks {

	private static final Logger logger = LoggerFactory.getLogger(ModelTasks.class);

	private final LoaderThread thread = new LoaderThread();

	private final ModelSources sources;

	private final ModelLoader loader;

	private final Supplier<List<ManagedModel>> models;

	private volatile boolean stopping;

	/**
	 * Creates the tasks.
	 * @param models all models, those that may make room among them
	 */
	ModelTasks(ModelSources sources, ModelLoader loader, Supplier<List<ManagedModel>> models) {
		this.sources = sources;
		this.loader = loader;
		this.models = models;
	}

	void start() {
		this.stopping = false;
		this.thread.start();
	}

	/** Drops loads that have not begun. */
	void closeAdmission() {
		this.stopping = true;
	}

	void stop() {
		this.thread.stop();
	}

	/** Loads a model when it is its turn. */
	CompletableFuture<Void> load(ManagedModel model) {
		if (!this.stopping) {
			model.queued();
		}
		return this.thread.submit(model, () -> {
			if (!this.stopping) {
				model.load(this.sources, this::makingRoom);
			}
		});
	}

	/**
	 * Drains and unloads a model when it is its turn.
	 * @param again whether it is loaded again afterwards
	 */
	CompletableFuture<Void> unload(ManagedModel model, Duration drain, boolean again) {
		return this.thread.submit(model, () -> model.unload(drain, again));
	}

	/** Waits until the last task of a model was done. */
	void await(ManagedModel model) throws InterruptedException {
		this.thread.await(model);
	}

	private LoadedModel makingRoom(ModelSettings model, Path path) throws InterruptedException {
		while (true) {
			try {
				return this.loader.load(model, path);
			}
			catch (InsufficientMemoryException ex) {
				ManagedModel victim = victim(model, ex);
				if (victim == null) {
					throw ex;
				}
				logger.info("Model '{}' makes room for '{}'", victim.settings().id(), model.id());
				victim.unload(victim.settings().scheduling().requestTimeout(), false);
			}
		}
	}

	private @Nullable ManagedModel victim(ModelSettings wanted, InsufficientMemoryException shortage) {
		ManagedModel oldest = null;
		long since = 0;
		for (ManagedModel model : this.models.get()) {
			String id = model.settings().id();
			Long unused = model.evictable() ? model.engine().unusedSince() : null;
			if (unused != null && !id.equals(wanted.id()) && shortage.helps(id)
					&& (oldest == null || unused - since < 0)) {
				oldest = model;
				since = unused;
			}
		}
		return oldest;
	}

}
