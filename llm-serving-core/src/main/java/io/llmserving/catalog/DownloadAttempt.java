package io.llmserving.catalog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * One request for a file's missing bytes. Goes on where an earlier attempt of this or
 * another process broke, provided that the server still has the same bytes: it asks for a
 * range under the condition of an unchanged entity tag (RFC 9110 §13.1.5, §14.2), or
 * without one where a checksum will tell.
 */
final class DownloadAttempt {

	private static final Set<Integer> WORTH_ANOTHER_ATTEMPT = Set.of(408, 425, 429, 500, 502, 503, 504);

	private final RemoteFile remote;

	private final PartialFile partial;

	private final WebClient client;

	private final Progress progress;

	private @Nullable Checksum expected;

	private boolean anyReceived;

	DownloadAttempt(RemoteFile remote, PartialFile partial, WebClient client, Progress progress) {
		this.remote = remote;
		this.partial = partial;
		this.client = client;
		this.progress = progress;
		this.expected = remote.checksum();
	}

	/**
	 * Returns the checksum the file must have; answers may have told it.
	 */
	@Nullable Checksum expected() {
		return this.expected;
	}

	boolean anyReceived() {
		return this.anyReceived;
	}

	/**
	 * Appends the missing bytes.
	 * @throws ModelSourceException if another attempt is pointless
	 * @throws IOException if it is not
	 */
	void run() throws IOException, InterruptedException {
		long offset = usableBytes();
		if (offset > 0 && offset == this.remote.size()) {
			return;
		}
		try (WebAnswer answer = this.client.get(this.remote.uri(), conditions(offset), this.remote.token())) {
			long start = accept(answer, offset);
			if (this.expected == null) {
				this.expected = Checksum.ofEntityTag(answer.linkedTag());
			}
			long total = total(answer);
			if (total >= 0) {
				StorageErrors.requireSpace(this.partial.directory(), total - start, this.remote.name());
			}
			receive(answer.body(), start, total);
		}
	}

	private long usableBytes() throws IOException {
		long size = this.partial.size();
		boolean known = this.partial.tag() != null || this.expected != null;
		if (known && (this.remote.size() < 0 || size <= this.remote.size())) {
			return size;
		}
		this.partial.restart(null);
		return 0;
	}

	private Map<String, String> conditions(long offset) throws IOException {
		Map<String, String> headers = new LinkedHashMap<>();
		if (offset > 0) {
			headers.put("Range", "bytes=%d-".formatted(offset));
			String tag = this.partial.tag();
			if (tag != null) {
				headers.put("If-Range", tag);
			}
		}
		return headers;
	}

	/**
	 * Returns the offset in the file that the answer's first byte has.
	 */
	private long accept(WebAnswer answer, long offset) throws IOException {
		int status = answer.status();
		if (status == 200) {
			refuseWebPage(answer);
			this.partial.restart(answer.strongTag());
			return 0;
		}
		if (status == 206 && offset > 0) {
			if (answer.rangeStart() == offset && !changed(answer)) {
				return offset;
			}
			this.partial.restart(null);
			throw new IOException("the file changed on the server");
		}
		if (status == 416) {
			this.partial.restart(null);
			throw new IOException("the server has fewer than %d bytes".formatted(offset + 1));
		}
		if (WORTH_ANOTHER_ATTEMPT.contains(status)) {
			throw new BusyException(status, answer.retryAfter());
		}
		throw this.remote.refusal().explain(answer);
	}

	private boolean changed(WebAnswer answer) throws IOException {
		String before = this.partial.tag();
		String now = answer.strongTag();
		return before != null && now != null && !before.equals(now);
	}

	private void refuseWebPage(WebAnswer answer) throws ModelSourceException {
		String type = String.valueOf(answer.header("Content-Type")).toLowerCase(Locale.ROOT);
		if (type.startsWith("text/html")) {
			throw new ModelSourceException(
					"%s is a web page, not a model file. It may be a page about the file, or one that asks for a login; give the address of the file itself, or name a downloaded file with file:."
						.formatted(this.remote.name()));
		}
	}

	private long total(WebAnswer answer) throws ModelSourceException {
		long declared = answer.totalSize();
		long known = this.remote.size();
		if (declared >= 0 && known >= 0 && declared != known) {
			throw new ModelSourceException("%s has %,d bytes on the server, but %,d are expected. Try again later."
				.formatted(this.remote.name(), declared, known));
		}
		long total = Math.max(declared, known);
		if (total < 0 && this.expected == null && answer.header("Transfer-Encoding") == null) {
			throw new ModelSourceException(
					"The server does not say how large %s is, so a download that is cut off would go unnoticed. Add #sha256= and the file's checksum to the source."
						.formatted(this.remote.name()));
		}
		return total;
	}

	private void receive(ResponseChunks body, long start, long total) throws IOException, InterruptedException {
		long done = start;
		this.progress.update(this.remote.name(), done, total);
		try (FileChannel channel = this.partial.open()) {
			List<ByteBuffer> chunk;
			while ((chunk = body.next()) != null) {
				done += chunk.stream().mapToLong(ByteBuffer::remaining).sum();
				if (total >= 0 && done > total) {
					this.partial.restart(null);
					throw new ModelSourceException("%s: the server sends more than the %,d bytes that it declared."
						.formatted(this.remote.name(), total));
				}
				this.partial.append(channel, chunk);
				this.anyReceived = true;
				this.progress.update(this.remote.name(), done, total);
			}
		}
		if (done < total) {
			throw new IOException("the connection ended after %,d of %,d bytes".formatted(done, total));
		}
	}

}
