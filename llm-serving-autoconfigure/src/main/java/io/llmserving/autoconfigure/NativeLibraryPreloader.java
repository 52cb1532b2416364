package io.llmserving.autoconfigure;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.env.ConfigurableEnvironment;

import io.llmserving.serving.LocalLlmServing;

/**
 * Loads the CPU's library while the application prepares its context: a tenth of a second
 * that the first model waits for otherwise. What goes wrong here goes wrong again, and is
 * told, when a model asks for its device.
 */
final class NativeLibraryPreloader implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(NativeLibraryPreloader.class);

	private static final String PREFIX = "llm.serving.";

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		if (!Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			Thread.ofPlatform().daemon().name("llm-serving-preload").start(() -> preload(event.getEnvironment()));
		}
	}

	private static void preload(ConfigurableEnvironment environment) {
		try {
			Path directory = directory(environment);
			if (directory != null) {
				LocalLlmServing.preload(directory);
			}
		}
		catch (RuntimeException | LinkageError ex) {
			logger.debug("The native library could not be loaded ahead of its use", ex);
		}
	}

	/**
	 * Returns where the library of the jar is extracted to, null if it will not be used.
	 */
	static @Nullable Path directory(ConfigurableEnvironment environment) {
		boolean wanted = environment.getProperty(PREFIX + "enabled", Boolean.class, true)
				&& !environment.containsProperty(PREFIX + "native.library-path")
				&& Binder.get(environment)
					.bind(PREFIX + "models", Bindable.mapOf(String.class, Object.class))
					.isBound();
		return wanted ? Directories.nativeLibraries(environment.getProperty(PREFIX + "native.extract-directory"),
				environment.getProperty(PREFIX + "cache-directory")) : null;
	}

}
