package io.llmserving.catalog;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.llmserving.catalog.HubRepository.HubFile;
import io.llmserving.spi.ModelSourceException;

/**
 * What the cache holds of the Hub.
 *
 * <pre>
 * hf/ORG/REPO/refs/REVISION             the commit that the revision was last seen at
 * hf/ORG/REPO/COMMIT/snapshot/…         a model's directory
 * hf/ORG/REPO/COMMIT/snapshot.json      its files; written last, so its absence means unfinished
 * hf/ORG/REPO/COMMIT/files/…            files that were asked for one by one
 * </pre>
 */
final class HubCache {

	private final ModelCache cache;

	HubCache(ModelCache cache) {
		this.cache = cache;
	}

	Path root() {
		return this.cache.root();
	}

	CacheLock lock(HubReference reference) throws IOException, InterruptedException {
		return this.cache.lock(key(reference));
	}

	Path workDirectory(HubReference reference, String commit, HubFile file) throws IOException {
		return this.cache.workDirectory("%s/%s/%s".formatted(key(reference), commit, file.path().text()));
	}

	private static String key(HubReference reference) {
		return "hf/" + reference.id();
	}

	/**
	 * Returns the file or the finished directory that the revision was last seen with.
	 */
	@Nullable Path find(HubReference reference) throws ModelSourceException {
		try {
			String commit = commit(reference);
			if (commit == null) {
				return null;
			}
			EntryPath file = reference.file();
			if (file != null) {
				Path path = file.below(files(reference, commit));
				return Files.isRegularFile(path) ? path : null;
			}
			return isWhole(reference, commit) ? snapshot(reference, commit) : null;
		}
		catch (IOException ex) {
			throw StorageErrors.explain(ex, root());
		}
	}

	private @Nullable String commit(HubReference reference) throws IOException {
		if (reference.isCommit()) {
			return reference.revision();
		}
		Path ref = ref(reference);
		String commit = Files.isRegularFile(ref) ? Files.readString(ref).strip() : "";
		return HubReference.isCommit(commit) ? commit : null;
	}

	private boolean isWhole(HubReference reference, String commit) throws IOException {
		Path list = list(reference, commit);
		if (!Files.isRegularFile(list)) {
			return false;
		}
		Path snapshot = snapshot(reference, commit);
		try {
			for (JsonNode file : JsonMapper.shared().readTree(Files.readAllBytes(list)).path("files")) {
				Path path = EntryPath.of(file.path("path").asString(""), list.toString()).below(snapshot);
				if (!Files.isRegularFile(path) || Files.size(path) != file.path("size").asLong(-1)) {
					return false;
				}
			}
		}
		catch (JacksonException ex) {
			return false;
		}
		return true;
	}

	/**
	 * Records that a directory is whole.
	 */
	void finish(HubReference reference, String commit, List<EntryPath> paths) throws IOException {
		ObjectNode list = JsonMapper.shared().createObjectNode();
		for (EntryPath path : paths) {
			list.withArray("files")
				.addObject()
				.put("path", path.text())
				.put("size", Files.size(path.below(snapshot(reference, commit))));
		}
		ModelCache.write(list(reference, commit), list.toPrettyString());
	}

	void remember(HubReference reference, String commit) throws IOException {
		if (!reference.isCommit() && !commit.equals(commit(reference))) {
			ModelCache.write(ref(reference), commit);
		}
	}

	Path snapshot(HubReference reference, String commit) {
		return locate(reference, commit, "snapshot");
	}

	Path files(HubReference reference, String commit) {
		return locate(reference, commit, "files");
	}

	private Path list(HubReference reference, String commit) {
		return locate(reference, commit, "snapshot.json");
	}

	private Path ref(HubReference reference) {
		return locate(reference, "refs", URLEncoder.encode(reference.revision(), StandardCharsets.UTF_8));
	}

	private Path locate(HubReference reference, String first, String second) {
		return this.cache.locate("hf", List.of(reference.organization(), reference.repository(), first, second));
	}

}
