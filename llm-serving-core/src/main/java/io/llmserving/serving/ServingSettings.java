package io.llmserving.serving;

import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * All settings of the models of an application.
 *
 * @param defaultModel id of the model for requests that name none, null for the only one
 * @param cacheDirectory directory for downloads and packed weights
 * @param offline whether nothing is fetched from outside
 * @param libraryPath a native library to use instead of the one in the jar
 * @param extractDirectory where that one is extracted to, null for the cache directory
 * @param memoryBytes weights and caches of all models together, null for a share of the
 * memory that is there
 * @param threads size of the thread team, 0 for the number of physical cores
 * @param models the models in their order
 * @param routes further names under which requests reach models
 */
public record ServingSettings(@Nullable String defaultModel, Path cacheDirectory, boolean offline,
		@Nullable Path libraryPath, @Nullable Path extractDirectory, @Nullable Long memoryBytes, int threads,
		List<ModelSettings> models, List<Route> routes) {

	public ServingSettings {
		models = List.copyOf(models);
		routes = List.copyOf(routes);
	}

}
