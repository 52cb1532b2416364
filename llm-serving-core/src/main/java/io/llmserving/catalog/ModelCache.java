package io.llmserving.catalog;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The directory that fetched models live in. Safe for many threads and processes.
 *
 * <pre>
 * models/
 *   https/ hf/ pypi/ classpath/   finished and verified: whatever has its name here is whole
 *   partial/KEY/                  unfinished, written by the holder of the lock only
 *   locks/KEY.lock                held while KEY is being fetched
 * </pre>
 *
 * A file gets its final name by an atomic rename after its bytes reached the disk, and is
 * never written again: processes may map it.
 */
final class ModelCache {

	private static final int KEY_DIGITS = 32;

	private final Path root;

	/**
	 * Creates the cache without touching the disk.
	 */
	ModelCache(Path cacheDirectory) {
		this.root = cacheDirectory.toAbsolutePath().normalize().resolve("models");
	}

	Path root() {
		return this.root;
	}

	/**
	 * Returns a finished file's or directory's place, whether it exists or not.
	 */
	Path locate(String scheme, List<String> segments) {
		Path path = this.root.resolve(scheme);
		for (String segment : segments) {
			path = path.resolve(segment);
		}
		return path;
	}

	/**
	 * Waits until no other thread or process fetches the same.
	 * @param key names what is fetched
	 */
	CacheLock lock(String key) throws IOException, InterruptedException {
		Path locks = Files.createDirectories(this.root.resolve("locks"));
		return CacheLock.acquire(locks.resolve(shorten(key) + ".lock"), key);
	}

	/**
	 * Returns the directory for what is unfinished; only the lock's holder may use it.
	 */
	Path workDirectory(String key) throws IOException {
		return Files.createDirectories(this.root.resolve("partial").resolve(shorten(key)));
	}

	static String shorten(String key) {
		return Checksum.sha256Of(key).substring(0, KEY_DIGITS);
	}

	/**
	 * Gives a finished file its name in the cache.
	 */
	static void publish(Path finished, Path target) throws IOException {
		Path directory = parent(target);
		Files.createDirectories(directory);
		try (FileChannel channel = FileChannel.open(finished, StandardOpenOption.WRITE)) {
			channel.force(true);
		}
		Files.move(finished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		try (FileChannel channel = FileChannel.open(directory)) {
			channel.force(true);
		}
	}

	/**
	 * Writes a small text file atomically. Only the lock's holder may call it.
	 */
	static void write(Path target, String text) throws IOException {
		Path directory = Files.createDirectories(parent(target));
		publish(Files.writeString(directory.resolve("." + target.getFileName() + ".tmp"), text), target);
	}

	private static Path parent(Path target) {
		Path parent = target.getParent();
		if (parent == null) {
			throw new IllegalArgumentException(target + " has no parent");
		}
		return parent;
	}

	static void deleteTree(Path directory) throws IOException {
		if (!Files.exists(directory)) {
			return;
		}
		Files.walkFileTree(directory, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				Files.deleteIfExists(file);
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFileFailed(Path file, IOException failure) {
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
				Files.deleteIfExists(visited);
				return FileVisitResult.CONTINUE;
			}

		});
	}

}
