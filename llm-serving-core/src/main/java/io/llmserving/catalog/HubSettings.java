package io.llmserving.catalog;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * Where the Hub is and who asks, by the environment variables that Hugging Face's own
 * tools read.
 *
 * @param endpoint the Hub's address, without a slash at its end
 * @param token the user's token
 */
record HubSettings(String endpoint, @Nullable BearerToken token) {

	private static final String PUBLIC_HUB = "https://huggingface.co";

	static HubSettings of(Surroundings surroundings) throws ModelSourceException {
		String endpoint = surroundings.variable("HF_ENDPOINT");
		String address = (endpoint != null) ? endpoint.replaceAll("/+$", "") : PUBLIC_HUB;
		URI uri = parse(address);
		BearerToken token = token(surroundings);
		if (token != null && uri.getScheme().equals("http") && !WebClient.isLoopback(uri)) {
			throw new ModelSourceException(
					"HF_ENDPOINT is the unencrypted %s, where the Hugging Face token would travel readable. Use an https: address, or unset the token."
						.formatted(address));
		}
		return new HubSettings(address, token);
	}

	private static URI parse(String address) throws ModelSourceException {
		try {
			URI uri = URI.create(address);
			if (uri.getHost() != null && uri.getRawUserInfo() == null
					&& ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
				return uri;
			}
		}
		catch (IllegalArgumentException ex) {
			throw new ModelSourceException("HF_ENDPOINT is not an address: %s".formatted(ex.getMessage()), ex);
		}
		throw new ModelSourceException(
				"HF_ENDPOINT must be an http: or https: address with a host and without a password, such as %s."
					.formatted(PUBLIC_HUB));
	}

	private static @Nullable BearerToken token(Surroundings surroundings) throws ModelSourceException {
		for (String name : new String[] { "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN" }) {
			String value = surroundings.variable(name);
			if (value != null) {
				return checked(value, name);
			}
		}
		Path file = tokenFile(surroundings);
		if (!Files.isReadable(file)) {
			return null;
		}
		try {
			String value = Files.readString(file).strip();
			return value.isEmpty() ? null : checked(value, file.toString());
		}
		catch (IOException ex) {
			throw new ModelSourceException("Cannot read the Hugging Face token from %s: %s".formatted(file, ex), ex);
		}
	}

	private static Path tokenFile(Surroundings surroundings) {
		String file = surroundings.variable("HF_TOKEN_PATH");
		if (file != null) {
			return Path.of(file);
		}
		String home = surroundings.variable("HF_HOME");
		Path directory = (home != null) ? Path.of(home) : surroundings.home().resolve(".cache/huggingface");
		return directory.resolve("token");
	}

	private static BearerToken checked(String value, String origin) throws ModelSourceException {
		if (!value.chars().allMatch((c) -> c > ' ' && c < 0x7f)) {
			throw new ModelSourceException(
					"The Hugging Face token in %s contains characters no token has; copy it again.".formatted(origin));
		}
		return new BearerToken(value);
	}

}
