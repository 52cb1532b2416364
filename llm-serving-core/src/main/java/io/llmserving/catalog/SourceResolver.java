package io.llmserving.catalog;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver;

/**
 * A resolver of this room: it has one scheme and can tell what it already holds.
 */
interface SourceResolver extends ModelSourceResolver {

	/**
	 * Returns the scheme without its colon.
	 */
	String scheme();

	/**
	 * Returns the model's path if that takes no network, else {@code null}.
	 * @throws ModelSourceException if the source can never be resolved
	 */
	@Nullable Path present(String source) throws ModelSourceException;

	@Override
	default boolean supports(String source) {
		return source.startsWith(scheme() + ":");
	}

	/**
	 * Returns what stands behind the scheme's colon.
	 */
	default String withoutScheme(String source) {
		return source.substring(scheme().length() + 1);
	}

}
