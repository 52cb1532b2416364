package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.llmserving.catalog.HubRepository.HubFile;
import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * Brings what a reference names of one commit, file by file; files that an interrupted
 * start left whole are kept. Used by one thread, under the repository's lock.
 */
final class HubSnapshot {

	private final HubReference reference;

	private final HubRepository repository;

	private final HubCache cache;

	private final HubClient client;

	private final Patience patience;

	private final Progress progress;

	HubSnapshot(HubReference reference, HubRepository repository, HubCache cache, HubClient client, Patience patience,
			Progress progress) {
		this.reference = reference;
		this.repository = repository;
		this.cache = cache;
		this.client = client;
		this.patience = patience;
		this.progress = progress;
	}

	Path fetch() throws IOException, InterruptedException {
		HubSelection selection = new HubSelection(this.reference, this.repository);
		EntryPath single = this.reference.file();
		if (single != null) {
			Path directory = this.cache.files(this.reference, commit());
			return fetch(selection.single(single), directory, this.progress);
		}
		return fetchDirectory(selection);
	}

	private Path fetchDirectory(HubSelection selection) throws IOException, InterruptedException {
		Path directory = this.cache.snapshot(this.reference, commit());
		Path index = null;
		List<HubFile> fetched = new ArrayList<>(selection.descriptions());
		for (HubFile file : fetched) {
			Path path = fetch(file, directory, this.progress);
			index = file.path().text().equals(HubSelection.INDEX) ? path : index;
		}
		List<HubFile> weights = selection.weights(index);
		long total = weights.stream().anyMatch((file) -> file.size() < 0) ? -1
				: weights.stream().mapToLong(HubFile::size).sum();
		long before = 0;
		for (HubFile file : weights) {
			long offset = before;
			Path path = fetch(file, directory, (what, done, size) -> this.progress.update(what, offset + done, total));
			before += Files.size(path);
		}
		fetched.addAll(weights);
		this.cache.finish(this.reference, commit(), fetched.stream().map(HubFile::path).toList());
		return directory;
	}

	private Path fetch(HubFile file, Path directory, Progress told) throws IOException, InterruptedException {
		Path target = file.path().below(directory);
		if (Files.isRegularFile(target) && (file.size() < 0 || Files.size(target) == file.size())) {
			return target;
		}
		Path work = this.cache.workDirectory(this.reference, commit(), file);
		PartialFile partial = new PartialFile(work);
		Path whole = new Download(this.client.remote(commit(), file), partial, this.client.web(), this.patience, told)
			.run();
		ModelCache.publish(whole, target);
		ModelCache.deleteTree(work);
		return target;
	}

	private String commit() {
		return this.repository.commit();
	}

}
