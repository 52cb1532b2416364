package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.spi.ModelSourceException;

/**
 * {@code hf:organization/repository[@revision][/file]}, a model of the Hugging Face Hub:
 * a single file, or the directory that a model is. A branch is looked up at each resolve;
 * when the Hub can't be asked, what the cache holds of it is used.
 */
final class HubSource implements SourceResolver {

	private static final Logger logger = LoggerFactory.getLogger(HubSource.class);

	private final HubCache cache;

	private final boolean offline;

	private final Surroundings surroundings;

	HubSource(ModelCache cache, boolean offline, Surroundings surroundings) {
		this.cache = new HubCache(cache);
		this.offline = offline;
		this.surroundings = surroundings;
	}

	@Override
	public String scheme() {
		return "hf";
	}

	@Override
	public void validate(String source) throws ModelSourceException {
		HubReference.parse(source);
		HubSettings.of(this.surroundings);
	}

	@Override
	public @Nullable Path present(String source) throws ModelSourceException {
		return this.cache.find(HubReference.parse(source));
	}

	@Override
	public Path resolve(String source, Progress progress) throws IOException, InterruptedException {
		HubReference reference = HubReference.parse(source);
		Path present = this.cache.find(reference);
		if (present != null && reference.isCommit()) {
			return present;
		}
		if (this.offline || this.surroundings.flag("HF_HUB_OFFLINE")) {
			if (present != null) {
				return present;
			}
			throw new ModelSourceException(
					"%s is not in the cache %s, and %s is on. Start once without it, or name a local directory with file:."
						.formatted(source, this.cache.root(), this.offline ? "llm.serving.offline" : "HF_HUB_OFFLINE"));
		}
		try {
			return fetch(reference, progress, present == null);
		}
		catch (UnreachableException ex) {
			if (present == null) {
				throw ex;
			}
			logger.warn("Using the cached state of {}, because the Hub can't be asked for a newer one: {}", source,
					ex.getMessage());
			return present;
		}
	}

	private Path fetch(HubReference reference, Progress progress, boolean needed)
			throws IOException, InterruptedException {
		HubSettings settings = HubSettings.of(this.surroundings);
		try (HubClient client = new HubClient(settings, reference, this.surroundings.patience())) {
			// Who has a state in the cache does not wait for a newer one.
			HubRepository repository = needed ? client.repositoryInTheEnd() : client.repository();
			try (CacheLock _ = this.cache.lock(reference)) {
				Path path = new HubSnapshot(reference, repository, this.cache, client, this.surroundings.patience(),
						progress)
					.fetch();
				this.cache.remember(reference, repository.commit());
				return path;
			}
		}
	}

}
