package io.llmserving.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The safetensors files of a Hugging Face directory: {@code model.safetensors}, or
 * several that {@code model.safetensors.index.json} lists.
 */
public final class SafetensorsDirectory implements TensorSource {

	private static final String SINGLE = "model.safetensors";

	private static final String INDEX = "model.safetensors.index.json";

	private final Path directory;

	private final Arena arena;

	private final Map<String, SafetensorsFile> files;

	private final Map<String, TensorView> tensors = new LinkedHashMap<>();

	private SafetensorsDirectory(Path directory, Arena arena, Map<String, SafetensorsFile> files)
			throws ModelFileException {
		this.directory = directory;
		this.arena = arena;
		this.files = files;
		for (Map.Entry<String, SafetensorsFile> entry : files.entrySet()) {
			TensorView tensor = entry.getValue().tensors().get(entry.getKey());
			if (tensor != null) {
				this.tensors.put(entry.getKey(), tensor);
			}
		}
	}

	/**
	 * Maps the files of a directory and checks their headers.
	 * @throws ModelFileException if there are none, or one is no safetensors file,
	 * truncated, untruthful, or contradicts the index
	 */
	@SuppressWarnings("MustBeClosedChecker") // the directory owns the arena
	public static SafetensorsDirectory open(Path directory) throws IOException {
		Arena arena = Arena.ofShared();
		try {
			return new SafetensorsDirectory(directory, arena, files(directory, arena));
		}
		catch (IOException | RuntimeException ex) {
			arena.close();
			throw ex;
		}
	}

	@Override
	public Path path() {
		return this.directory;
	}

	@Override
	public @Nullable TensorView tensor(String name) throws ModelFileException {
		SafetensorsFile file = this.files.get(name);
		return (file != null) ? file.tensor(name) : null;
	}

	@Override
	public Collection<TensorView> all() {
		return this.tensors.values();
	}

	@Override
	public void close() {
		this.arena.close();
	}

	private static Map<String, SafetensorsFile> files(Path directory, Arena arena) throws IOException {
		Map<String, SafetensorsFile> files = new LinkedHashMap<>();
		if (Files.exists(directory.resolve(SINGLE))) {
			SafetensorsFile file = SafetensorsFile.map(directory.resolve(SINGLE), arena);
			file.names().forEach((name) -> files.put(name, file));
			return files;
		}
		if (!Files.exists(directory.resolve(INDEX))) {
			throw new ModelFileException(directory, "there is neither %s nor %s".formatted(SINGLE, INDEX));
		}
		JsonMetadata index = JsonMetadata.read(directory.resolve(INDEX));
		JsonMetadata map = index.object("weight_map");
		if (map == null) {
			throw new ModelFileException(index.path(), "'weight_map' is missing");
		}
		Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
		for (String name : map.keys()) {
			String shard = map.text(name);
			SafetensorsFile file = shards.get(shard);
			if (file == null) {
				file = SafetensorsFile.map(shard(index, name, shard), arena);
				shards.put(String.valueOf(shard), file);
			}
			if (!file.has(name)) {
				throw new ModelFileException(index.path(),
						"tensor '%s' should be in %s, which has no such tensor".formatted(name, shard));
			}
			files.put(name, file);
		}
		return files;
	}

	// A name alone: an index must not lead out of its directory.
	private static Path shard(JsonMetadata index, String tensor, @Nullable String name) throws ModelFileException {
		if (name == null || name.isEmpty() || name.startsWith(".") || name.contains("/") || name.contains("\\")
				|| name.indexOf('\0') >= 0) {
			throw new ModelFileException(index.path(),
					"tensor '%s' is said to be in '%s', which is no file's name".formatted(tensor, name));
		}
		Path path = index.path().resolveSibling(name);
		if (!Files.isRegularFile(path)) {
			throw new ModelFileException(path, "this file, which %s names, is missing".formatted(INDEX));
		}
		return path;
	}

}
