package io.llmserving.catalog;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * {@code https:}, one file of a web server; {@code http:} for this machine's own servers.
 * What the cache holds is taken as it is: an address stands for one content for good.
 */
final class HttpSource implements SourceResolver {

	private final String scheme;

	private final ModelCache cache;

	private final boolean offline;

	private final Patience patience;

	/**
	 * Creates a resolver.
	 * @param scheme {@code https} or {@code http}
	 */
	HttpSource(String scheme, ModelCache cache, boolean offline, Patience patience) {
		this.scheme = scheme;
		this.cache = cache;
		this.offline = offline;
		this.patience = patience;
	}

	@Override
	public String scheme() {
		return this.scheme;
	}

	@Override
	public void validate(String source) throws ModelSourceException {
		address(PinnedText.parse(source));
	}

	@Override
	public @Nullable Path present(String source) throws ModelSourceException {
		PinnedText pinned = PinnedText.parse(source);
		Path place = place(pinned, address(pinned));
		return Files.isRegularFile(place) ? place : null;
	}

	@Override
	public Path resolve(String source, Progress progress) throws IOException, InterruptedException {
		Path present = present(source);
		if (present != null) {
			return present;
		}
		PinnedText pinned = PinnedText.parse(source);
		URI address = address(pinned);
		if (this.offline) {
			throw new ModelSourceException(
					"%s is not in the cache %s, and llm.serving.offline is on. Start once without it, or name a local file with file:."
						.formatted(WebClient.name(address), this.cache.root()));
		}
		Path place = place(pinned, address);
		String key = this.cache.root().relativize(place).toString();
		try (CacheLock _ = this.cache.lock(key)) {
			if (!Files.isRegularFile(place)) {
				download(address, pinned.checksum(), this.cache.workDirectory(key), place, progress);
			}
		}
		return place;
	}

	private void download(URI address, @Nullable Checksum checksum, Path work, Path place, Progress progress)
			throws IOException, InterruptedException {
		RemoteFile remote = new RemoteFile(address, WebClient.name(address), -1, checksum, null,
				(answer) -> refusal(address, answer.status()));
		try (WebClient client = new WebClient(this.patience)) {
			Path whole = new Download(remote, new PartialFile(work), client, this.patience, progress).run();
			ModelCache.publish(whole, place);
			ModelCache.deleteTree(work);
		}
	}

	private static ModelSourceException refusal(URI address, int status) {
		String remedy = switch (status) {
			case 401, 403, 407 ->
				"It asks for a login, which an https: source cannot carry. Download the file by hand and name it with file:.";
			case 404, 410 -> "There is no such file. Check the address.";
			default -> "Check the address in a browser.";
		};
		return new ModelSourceException(
				"%s: the server answered %d. %s".formatted(WebClient.name(address), status, remedy));
	}

	private Path place(PinnedText pinned, URI address) {
		return this.cache.locate(this.scheme, List.of(ModelCache.shorten(pinned.key()), fileName(address)));
	}

	private static String fileName(URI address) {
		String path = address.getPath();
		String name = path.substring(path.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._+-]", "_");
		boolean usable = !name.isEmpty() && name.length() <= 200 && !name.startsWith(".");
		return usable ? name : "model.gguf";
	}

	private URI address(PinnedText pinned) throws ModelSourceException {
		URI address;
		try {
			address = new URI(pinned.text());
		}
		catch (URISyntaxException ex) {
			throw new ModelSourceException(
					"%s is not an address: %s at index %d".formatted(pinned.text(), ex.getReason(), ex.getIndex()), ex);
		}
		if (address.getHost() == null) {
			throw new ModelSourceException(
					"%s names no host. Write %s://host/path/model.gguf.".formatted(pinned.text(), this.scheme));
		}
		if (address.getRawUserInfo() != null) {
			throw new ModelSourceException(
					"The address at %s carries a user name or password, which would show in logs. Download the file by hand and name it with file:."
						.formatted(address.getHost()));
		}
		if (this.scheme.equals("http") && !WebClient.isLoopback(address)) {
			throw new ModelSourceException(
					"%s: http: is for servers of this machine only, because others could alter the model on its way. Write https:."
						.formatted(WebClient.name(address)));
		}
		return address;
	}

}
