package io.llmserving.catalog;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import javax.net.ssl.SSLException;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * Gets resources of web servers through the JDK's client and thus its default proxy
 * selector. Follows redirects itself, because a token must not follow them to another
 * host, and none may lead from an encrypted connection to an open one.
 */
final class WebClient implements AutoCloseable {

	private static final int MAX_REDIRECTS = 10;

	private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

	private final Patience patience;

	private final HttpClient client;

	WebClient(Patience patience) {
		this.patience = patience;
		// HTTP/1.1: one large body a connection gains nothing from multiplexing.
		this.client = HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_1_1)
			.followRedirects(HttpClient.Redirect.NEVER)
			.connectTimeout(patience.connect())
			.build();
	}

	/**
	 * Sends a GET request.
	 * @param token sent to the address's own host only
	 * @throws ModelSourceException if no connection can be made, with the reason
	 * @throws IOException if an existing connection broke
	 */
	WebAnswer get(URI address, Map<String, String> headers, @Nullable BearerToken token)
			throws IOException, InterruptedException {
		URI at = address;
		String linkedTag = null;
		for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
			HttpResponse<ResponseChunks> response = send(at, headers, sameOrigin(at, address) ? token : null);
			if (linkedTag == null) {
				linkedTag = response.headers().firstValue("X-Linked-Etag").orElse(null);
			}
			if (!REDIRECTS.contains(response.statusCode())) {
				return new WebAnswer(at, response, linkedTag);
			}
			response.body().close();
			at = target(at, response.headers().firstValue("Location").orElse(null));
		}
		throw new ModelSourceException("%s redirects more than %d times.".formatted(name(address), MAX_REDIRECTS));
	}

	private HttpResponse<ResponseChunks> send(URI address, Map<String, String> headers, @Nullable BearerToken token)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(this.patience.silence());
		request.header("User-Agent", "llm-serving").header("Accept-Encoding", "identity");
		headers.forEach(request::header);
		if (token != null) {
			request.header("Authorization", token.header());
		}
		try {
			return this.client.send(request.build(), (_) -> new ResponseChunks(this.patience.silence()));
		}
		catch (ConnectException | HttpTimeoutException ex) {
			throw new UnreachableException(
					"Cannot connect to %s (%s). Check the network; a proxy is set with -Dhttps.proxyHost and -Dhttps.proxyPort. Without a network, download the model elsewhere and name it with file:."
						.formatted(origin(address), reason(ex)),
					ex);
		}
		catch (SSLException ex) {
			throw new UnreachableException(
					"The encrypted connection to %s failed (%s). If a proxy with its own certificate stands between, add that to the JDK's trust store (-Djavax.net.ssl.trustStore)."
						.formatted(origin(address), ex.getMessage()),
					ex);
		}
	}

	static String reason(IOException failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof UnresolvedAddressException) {
				return "unknown host";
			}
		}
		return (failure.getMessage() != null) ? failure.getMessage() : "connection refused";
	}

	/**
	 * Returns where a redirect leads.
	 * @throws ModelSourceException if it may not lead there
	 */
	static URI target(URI from, @Nullable String location) throws ModelSourceException {
		if (location == null) {
			throw new ModelSourceException("%s redirects without saying where.".formatted(name(from)));
		}
		URI target;
		try {
			target = from.resolve(location);
		}
		catch (IllegalArgumentException ex) {
			throw new ModelSourceException("%s redirects to a malformed address.".formatted(name(from)), ex);
		}
		boolean toOpen = "http".equals(target.getScheme());
		if (target.getHost() == null || (!toOpen && !"https".equals(target.getScheme()))) {
			throw new ModelSourceException("%s redirects to an address that is not https:.".formatted(name(from)));
		}
		if (toOpen && ("https".equals(from.getScheme()) || (isLoopback(from) && !isLoopback(target)))) {
			throw new ModelSourceException(
					"%s redirects to the unencrypted %s, which is refused.".formatted(name(from), origin(target)));
		}
		return target;
	}

	private static boolean sameOrigin(URI one, URI other) {
		return origin(one).equals(origin(other));
	}

	private static String origin(URI address) {
		String scheme = Objects.requireNonNull(address.getScheme());
		int port = (address.getPort() >= 0) ? address.getPort() : (scheme.equals("https") ? 443 : 80);
		return "%s://%s:%d".formatted(scheme, address.getHost().toLowerCase(Locale.ROOT), port);
	}

	/**
	 * Returns the address without its query, which may hold a signature.
	 */
	static String name(URI address) {
		return "%s://%s%s".formatted(address.getScheme(), address.getRawAuthority(), address.getRawPath());
	}

	static boolean isLoopback(URI address) {
		String host = String.valueOf(address.getHost()).toLowerCase(Locale.ROOT);
		return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d{1,3}){3}");
	}

	@Override
	public void close() {
		this.client.shutdownNow();
	}

}
