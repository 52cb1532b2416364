package io.llmserving.autoconfigure.web;

import java.security.Principal;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/**
 * Who sent a request, as far as the endpoints have to know: what it may use, and how much
 * of it.
 *
 * @param id the caller's name, empty if nobody asked for it
 * @param issued whether an issuer's token gives that name, rather than an API key
 * @param models names of the models and routes that it may use, empty for all
 * @param requestsPerMinute most requests a minute, null for any number
 * @param concurrency most requests at once, null for any number
 */
public record Caller(String id, boolean issued, List<String> models, @Nullable Integer requestsPerMinute,
		@Nullable Integer concurrency) implements Principal {

	/** The caller where nobody asks for names. */
	public static final Caller ANYONE = new Caller("", false, List.of(), null, null);

	private static final String ATTRIBUTE = Caller.class.getName();

	public Caller {
		models = List.copyOf(models);
	}

	@Override
	public String getName() {
		return this.id;
	}

	/**
	 * Notes on a request who sent it.
	 */
	public void sent(ServerWebExchange exchange) {
		exchange.getAttributes().put(ATTRIBUTE, this);
	}

	/**
	 * Returns who sent a request.
	 */
	public static Caller of(ServerWebExchange exchange) {
		return exchange.getAttributeOrDefault(ATTRIBUTE, ANYONE);
	}

	/**
	 * Returns whether the caller may use some models only.
	 */
	boolean restricted() {
		return !this.models.isEmpty();
	}

	/**
	 * Returns whether the caller may use a model under a name of it.
	 */
	public boolean mayUse(String name) {
		return !restricted() || this.models.contains(name);
	}

	/**
	 * Returns what tells this caller from all others, those of API keys from those of
	 * tokens included: ids of keys have no colon.
	 */
	public String tenant() {
		return this.issued ? "issued:" + this.id : this.id;
	}

	/**
	 * Makes a salt of the cache that no other caller has: prefixes that callers share
	 * would tell them by time what others ask.
	 * @param own the salt that the request asks for
	 */
	@Nullable String salt(@Nullable String own) {
		return this.id.isEmpty() ? own : tenant() + '\n' + ((own != null) ? own : "");
	}

}
