package io.llmserving.catalog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import io.github.resilience4j.retry.Retry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.catalog.HubRepository.HubFile;
import io.llmserving.spi.ModelSourceException;

/**
 * Speaks the Hub's HTTP protocol, as {@code huggingface_hub} does: the state of a
 * revision from {@code /api/models}, files from {@code /resolve}.
 */
final class HubClient implements AutoCloseable {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private static final int MOST_BYTES_OF_STATE = 64 << 20;

	private static final Logger logger = LoggerFactory.getLogger(HubClient.class);

	private final HubSettings settings;

	private final HubReference reference;

	private final Patience patience;

	private final WebClient web;

	HubClient(HubSettings settings, HubReference reference, Patience patience) {
		this.settings = settings;
		this.reference = reference;
		this.patience = patience;
		this.web = new WebClient(patience);
	}

	WebClient web() {
		return this.web;
	}

	/**
	 * Asks which commit the revision is at and what files that has.
	 * @throws UnreachableException if the Hub cannot be asked
	 */
	HubRepository repository() throws IOException, InterruptedException {
		URI uri = URI.create("%s/api/models/%s/revision/%s?blobs=true".formatted(this.settings.endpoint(),
				this.reference.id(), encode(this.reference.revision())));
		try (WebAnswer answer = this.web.get(uri, Map.of("Accept", "application/json"), this.settings.token())) {
			if (answer.status() >= 500 || answer.status() == 429) {
				throw new UnreachableException(explain(answer), null, answer.retryAfter());
			}
			if (answer.status() != 200) {
				throw refusal(answer);
			}
			return parse(read(answer.body()));
		}
		catch (ModelSourceException ex) {
			throw ex;
		}
		catch (IOException ex) {
			throw new UnreachableException("%s broke the connection (%s). Check the network and try again."
				.formatted(this.settings.endpoint(), ex.getMessage()), ex, Duration.ZERO);
		}
	}

	/**
	 * Asks as {@link #repository()} does, again and again while the Hub is busy or breaks
	 * connections.
	 */
	HubRepository repositoryInTheEnd() throws IOException, InterruptedException {
		Retry retry = Retry.of(this.reference.toString(), this.patience.retry());
		retry.getEventPublisher()
			.onRetry((event) -> logger.warn("The Hub could not be asked for {} ({}); trying again in {} ms",
					this.reference, Objects.requireNonNull(event.getLastThrowable()).getMessage(),
					event.getWaitInterval().toMillis()));
		try {
			return retry.executeCallable(this::repository);
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private byte[] read(ResponseChunks body) throws IOException, InterruptedException {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		List<ByteBuffer> chunk;
		while ((chunk = body.next()) != null) {
			for (ByteBuffer buffer : chunk) {
				byte[] bytes = new byte[buffer.remaining()];
				buffer.get(bytes);
				out.writeBytes(bytes);
			}
			if (out.size() > MOST_BYTES_OF_STATE) {
				throw new ModelSourceException(
						"%s: the Hub's description exceeds %d bytes.".formatted(this.reference, MOST_BYTES_OF_STATE));
			}
		}
		return out.toByteArray();
	}

	private HubRepository parse(byte[] json) throws ModelSourceException {
		JsonNode state;
		try {
			state = MAPPER.readTree(json);
		}
		catch (JacksonException ex) {
			throw new ModelSourceException("%s: %s does not answer like a Hub. Check HF_ENDPOINT."
				.formatted(this.reference, this.settings.endpoint()), ex);
		}
		String commit = state.path("sha").asString("");
		if (!HubReference.isCommit(commit) || !state.path("siblings").isArray()) {
			throw new ModelSourceException("%s: %s names no commit or no files. Check HF_ENDPOINT."
				.formatted(this.reference, this.settings.endpoint()));
		}
		List<HubFile> files = new ArrayList<>();
		for (JsonNode sibling : state.path("siblings")) {
			files.add(file(sibling));
		}
		return new HubRepository(commit, List.copyOf(files));
	}

	private HubFile file(JsonNode sibling) throws ModelSourceException {
		EntryPath path = EntryPath.of(sibling.path("rfilename").asString(""), this.reference.toString());
		String sha256 = sibling.path("lfs").path("sha256").asString("");
		// Of a large file the blob is only its pointer.
		Checksum checksum = sha256.isEmpty() ? Checksum.ofGitBlob(sibling.path("blobId").asString(""))
				: Checksum.ofEntityTag(sha256);
		JsonNode size = sibling.path("size");
		return new HubFile(path, size.isIntegralNumber() ? size.longValue() : -1, checksum);
	}

	/**
	 * Describes a file of a commit for downloading.
	 */
	RemoteFile remote(String commit, HubFile file) {
		String path = file.path().segments().stream().map(HubClient::encode).collect(Collectors.joining("/"));
		URI uri = URI
			.create("%s/%s/resolve/%s/%s".formatted(this.settings.endpoint(), this.reference.id(), commit, path));
		return new RemoteFile(uri, "%s/%s".formatted(this.reference.id(), file.path().text()), file.size(),
				file.checksum(), this.settings.token(), this::refusal);
	}

	private static String encode(String segment) {
		return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
	}

	private ModelSourceException refusal(WebAnswer answer) {
		return new ModelSourceException(explain(answer));
	}

	private String explain(WebAnswer answer) {
		return HubErrors.explain(this.reference, this.settings, answer.status(), answer.header("X-Error-Code"));
	}

	@Override
	public void close() {
		this.web.close();
	}

}
