package io.llmserving.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarEntry;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * {@code classpath:}, a file of the class path. A file in a jar can't be mapped, so it is
 * copied to the cache once; equal content is the same copy, whatever jar it comes from.
 */
final class ClasspathSource implements SourceResolver {

	private static final int CHUNK = 1 << 18;

	private final ModelCache cache;

	private final ClassLoader loader;

	ClasspathSource(ModelCache cache, ClassLoader loader) {
		this.cache = cache;
		this.loader = loader;
	}

	@Override
	public String scheme() {
		return "classpath";
	}

	@Override
	public void validate(String source) throws ModelSourceException {
		find(source);
	}

	@Override
	public @Nullable Path present(String source) throws ModelSourceException {
		try {
			return resolve(source, (_, _, _) -> {
			});
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new ModelSourceException("%s: interrupted while it was copied to the cache".formatted(source), ex);
		}
		catch (IOException ex) {
			throw StorageErrors.explain(ex, this.cache.root());
		}
	}

	@Override
	public Path resolve(String source, Progress progress) throws IOException, InterruptedException {
		EntryPath entry = entry(source);
		URL url = find(source);
		if (url.getProtocol().equals("file")) {
			return Path.of(URI.create(url.toString()));
		}
		Path present = place(hash(url), entry);
		if (Files.exists(present)) {
			return present;
		}
		String key = "classpath/" + entry.text();
		try (CacheLock _ = this.cache.lock(key)) {
			return copy(url, entry, this.cache.workDirectory(key), progress);
		}
	}

	private Path copy(URL url, EntryPath entry, Path work, Progress progress) throws IOException, InterruptedException {
		Path content = work.resolve("content");
		MessageDigest digest = Checksum.digest("SHA-256");
		URLConnection connection = open(url);
		long total = connection.getContentLengthLong();
		StorageErrors.requireSpace(work, total, "classpath:" + entry.text());
		try (InputStream in = connection.getInputStream(); OutputStream out = Files.newOutputStream(content)) {
			byte[] buffer = new byte[CHUNK];
			long done = 0;
			for (int count; (count = in.read(buffer)) >= 0;) {
				Interrupts.check();
				digest.update(buffer, 0, count);
				out.write(buffer, 0, count);
				done += count;
				progress.update(entry.name(), done, total);
			}
		}
		Path target = place(HexFormat.of().formatHex(digest.digest()), entry);
		ModelCache.publish(content, target);
		ModelCache.deleteTree(work);
		return target;
	}

	private String hash(URL url) throws IOException, InterruptedException {
		MessageDigest digest = Checksum.digest("SHA-256");
		try (InputStream in = open(url).getInputStream()) {
			byte[] buffer = new byte[CHUNK];
			for (int count; (count = in.read(buffer)) >= 0;) {
				Interrupts.check();
				digest.update(buffer, 0, count);
			}
		}
		return HexFormat.of().formatHex(digest.digest());
	}

	private Path place(String hash, EntryPath entry) {
		return this.cache.locate("classpath", List.of(hash, entry.name()));
	}

	private EntryPath entry(String source) throws ModelSourceException {
		String text = withoutScheme(source);
		String relative = text.startsWith("/") ? text.substring(1) : text;
		if (relative.endsWith("/")) {
			throw directory(source);
		}
		return EntryPath.of(relative, source);
	}

	private URL find(String source) throws ModelSourceException {
		EntryPath entry = entry(source);
		URL url = this.loader.getResource(entry.text());
		if (url == null) {
			throw new ModelSourceException(
					"%s: the class path has no %s. A file of src/main/resources is named from there, without a leading folder."
						.formatted(source, entry.text()));
		}
		if (isDirectory(url)) {
			throw directory(source);
		}
		return url;
	}

	private static boolean isDirectory(URL url) throws ModelSourceException {
		if (url.getProtocol().equals("file")) {
			return Files.isDirectory(Path.of(URI.create(url.toString())));
		}
		try {
			JarEntry entry = (open(url) instanceof JarURLConnection jar) ? jar.getJarEntry() : null;
			return entry != null && entry.isDirectory();
		}
		catch (IOException ex) {
			throw new ModelSourceException("Cannot read %s: %s".formatted(url, ex.getMessage()), ex);
		}
	}

	/**
	 * Opens without the JDK's cache of jars, which would keep the jar open.
	 */
	private static URLConnection open(URL url) throws IOException {
		URLConnection connection = url.openConnection();
		connection.setUseCaches(false);
		return connection;
	}

	private static ModelSourceException directory(String source) {
		return new ModelSourceException(
				"%s names a directory. A class path cannot list a directory inside a jar, so only single files (GGUF) can come from it; name a Hugging Face directory with file: or hf:."
					.formatted(source));
	}

}
