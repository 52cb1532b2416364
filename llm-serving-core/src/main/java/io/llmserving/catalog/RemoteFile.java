package io.llmserving.catalog;

import java.net.URI;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * A file on a web server and what is known of it.
 *
 * @param uri its address
 * @param name what users know it by
 * @param size its size in bytes, -1 when unknown
 * @param checksum its checksum
 * @param token sent to the address's own host
 * @param refusal explains answers other than success
 */
record RemoteFile(URI uri, String name, long size, @Nullable Checksum checksum, @Nullable BearerToken token,
		Refusal refusal) {

	/**
	 * Explains an answer that is neither success nor worth another attempt.
	 */
	@FunctionalInterface
	interface Refusal {

		ModelSourceException explain(WebAnswer answer);

	}

}
