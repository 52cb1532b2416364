package io.llmserving.catalog;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What the Hub says about one commit of a repository.
 *
 * @param commit the commit's identifier, 40 hexadecimal digits
 * @param files all its files
 */
record HubRepository(String commit, List<HubFile> files) {

	@Nullable HubFile find(String path) {
		return this.files.stream().filter((file) -> file.path().text().equals(path)).findFirst().orElse(null);
	}

	List<String> names(String suffix) {
		return this.files.stream().map((file) -> file.path().text()).filter((name) -> name.endsWith(suffix)).toList();
	}

	/**
	 * A file of a repository.
	 *
	 * @param path its path
	 * @param size its size in bytes, -1 when unknown
	 * @param checksum its checksum where known
	 */
	record HubFile(EntryPath path, long size, @Nullable Checksum checksum) {

	}

}
