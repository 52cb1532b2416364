package io.llmserving.catalog;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What a server answered after all redirects. Whoever gets it closes it.
 *
 * @param uri where the answer came from in the end
 * @param response the last response
 * @param linkedTag the Hub's {@code X-Linked-Etag}, from whichever response carried it
 */
record WebAnswer(URI uri, HttpResponse<ResponseChunks> response, @Nullable String linkedTag) implements AutoCloseable {

	private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

	int status() {
		return this.response.statusCode();
	}

	HttpHeaders headers() {
		return this.response.headers();
	}

	ResponseChunks body() {
		return this.response.body();
	}

	@Nullable String header(String name) {
		return headers().firstValue(name).orElse(null);
	}

	/**
	 * Returns the entity tag if it is a strong one: only such a tag promises equal bytes.
	 */
	@Nullable String strongTag() {
		String tag = header("ETag");
		return (tag != null && tag.startsWith("\"")) ? tag : null;
	}

	/**
	 * Returns the offset a partial answer starts at, -1 if it does not say.
	 */
	long rangeStart() {
		Matcher range = CONTENT_RANGE.matcher(String.valueOf(header("Content-Range")));
		return range.matches() ? Long.parseLong(range.group(1)) : -1;
	}

	/**
	 * Returns the whole file's size, -1 if the answer does not say.
	 */
	long totalSize() {
		if (status() != 206) {
			return headers().firstValueAsLong("Content-Length").orElse(-1);
		}
		Matcher range = CONTENT_RANGE.matcher(String.valueOf(header("Content-Range")));
		return (range.matches() && !range.group(3).equals("*")) ? Long.parseLong(range.group(3)) : -1;
	}

	/**
	 * Returns how long the server asks to wait, zero if it does not.
	 */
	Duration retryAfter() {
		String seconds = header("Retry-After");
		return (seconds != null && seconds.matches("\\d{1,6}")) ? Duration.ofSeconds(Long.parseLong(seconds))
				: Duration.ZERO;
	}

	@Override
	public void close() {
		body().close();
	}

}
