package io.llmserving.catalog;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver;

/**
 * All places models come from: {@code file:}, {@code classpath:}, {@code https:},
 * {@code hf:}, {@code pypi:}, and what an application adds. What is fetched is verified
 * and kept in one cache directory, which many processes may share. Safe for use by many
 * threads; the constructor does no I/O.
 */
public final class ModelSources {

	private final ModelCache cache;

	private final List<ModelSourceResolver> additional;

	private final List<SourceResolver> own;

	/**
	 * Creates the sources.
	 * @param cacheDirectory made when something is fetched
	 * @param offline whether all network use is refused
	 * @param additional asked first, in this order
	 */
	public ModelSources(Path cacheDirectory, boolean offline, List<ModelSourceResolver> additional) {
		this(cacheDirectory, offline, additional, Surroundings.ofThisProcess());
	}

	ModelSources(Path cacheDirectory, boolean offline, List<ModelSourceResolver> additional,
			Surroundings surroundings) {
		this.cache = new ModelCache(cacheDirectory);
		this.additional = List.copyOf(additional);
		this.own = List.of(new FileSource(), new ClasspathSource(this.cache, classLoader()),
				new HttpSource("https", this.cache, offline, surroundings.patience()),
				new HttpSource("http", this.cache, offline, surroundings.patience()),
				new HubSource(this.cache, offline, surroundings), new PypiSource(this.cache, offline, surroundings));
	}

	private static ClassLoader classLoader() {
		ClassLoader context = Thread.currentThread().getContextClassLoader();
		return (context != null) ? context : Objects.requireNonNull(ModelSources.class.getClassLoader());
	}

	/**
	 * Checks the source's syntax and, for local sources, that it exists; without network.
	 * @throws ModelSourceException if the source can never be resolved, with the remedy
	 */
	public void validate(String source) throws ModelSourceException {
		resolver(source).validate(source);
	}

	/**
	 * Returns the model's path if that takes no network: it is local, or in the cache.
	 * Never waits for the network; a {@code classpath:} model in a jar is copied to the
	 * cache.
	 * @return {@code null} if it has to be fetched, and always for additional resolvers
	 * @throws ModelSourceException if the source can never be resolved
	 */
	public @Nullable Path present(String source) throws ModelSourceException {
		return (resolver(source) instanceof SourceResolver resolver) ? resolver.present(source) : null;
	}

	/**
	 * Fetches what is missing and returns a file (GGUF) or a directory (Hugging Face
	 * layout). Blocks; obeys interrupts at once. When several threads or processes ask
	 * for the same, one fetches it and the others wait.
	 * @param progress told of each chunk as it comes
	 * @throws ModelSourceException if it cannot be had, with the remedy in the message
	 * @throws InterruptedException if the thread was interrupted; what came is kept for
	 * the next attempt
	 */
	public Path resolve(String source, ModelSourceResolver.Progress progress) throws IOException, InterruptedException {
		ModelSourceResolver resolver = resolver(source);
		if (!(resolver instanceof SourceResolver)) {
			return resolver.resolve(source, progress);
		}
		try {
			return resolver.resolve(source, progress);
		}
		catch (ClosedByInterruptException ex) {
			throw Interrupts.clear();
		}
		catch (IOException ex) {
			throw StorageErrors.explain(ex, this.cache.root());
		}
	}

	private ModelSourceResolver resolver(String source) throws ModelSourceException {
		for (ModelSourceResolver resolver : this.additional) {
			if (resolver.supports(source)) {
				return resolver;
			}
		}
		for (SourceResolver resolver : this.own) {
			if (resolver.supports(source)) {
				return resolver;
			}
		}
		throw unknown(source);
	}

	private ModelSourceException unknown(String source) {
		String known = this.own.stream().map((resolver) -> resolver.scheme() + ":").collect(Collectors.joining(", "));
		String added = this.additional.isEmpty() ? ""
				: this.additional.stream()
					.map((resolver) -> resolver.getClass().getSimpleName())
					.collect(Collectors.joining(", ", ", and what the application adds (", ")"));
		return new ModelSourceException("\"%s\" starts with no known scheme. Known are %s%s.%s".formatted(source, known,
				added, suggestion(source)));
	}

	private static String suggestion(String source) {
		if (source.matches("[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")) {
			return " For a model of the Hugging Face Hub write hf:%s; for a local one file:%s.".formatted(source,
					source);
		}
		boolean path = !source.contains(":") && !source.isBlank();
		return path ? " For a local file or directory write file:%s.".formatted(source) : "";
	}

}
