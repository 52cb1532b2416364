package io.llmserving.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A GGUF file of version 2 or 3, mapped into memory. Safe for use by many threads;
 * tensors are valid until it is closed. The format is described in ggml's
 * {@code docs/gguf.md}.
 */
public final class GgufFile implements TensorSource {

	private static final int MAGIC = 0x46554747;

	private static final long MAX_ENTRIES = 1 << 20;

	private final Path path;

	private final Arena arena;

	private final GgufMetadata metadata;

	private final Map<String, TensorView> tensors;

	private GgufFile(Path path, Arena arena, GgufMetadata metadata, Map<String, TensorView> tensors) {
		this.path = path;
		this.arena = arena;
		this.metadata = metadata;
		this.tensors = tensors;
	}

	/**
	 * Opens a file and checks its header.
	 * @throws ModelFileException if it is no GGUF file, truncated, untruthful, or holds a
	 * tensor type that is not supported
	 */
	@SuppressWarnings("MustBeClosedChecker") // the file owns the arena
	public static GgufFile open(Path path) throws IOException {
		Arena arena = Arena.ofShared();
		try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
			MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
			return read(path, arena, new GgufReader(path, file));
		}
		catch (IOException | RuntimeException ex) {
			arena.close();
			throw ex;
		}
	}

	@Override
	public Path path() {
		return this.path;
	}

	public GgufMetadata metadata() {
		return this.metadata;
	}

	/** All tensors by name, in the order of the file. */
	public Map<String, TensorView> tensors() {
		return this.tensors;
	}

	@Override
	public @Nullable TensorView tensor(String name) {
		return this.tensors.get(name);
	}

	@Override
	public Collection<TensorView> all() {
		return this.tensors.values();
	}

	@Override
	public void close() {
		this.arena.close();
	}

	private static GgufFile read(Path path, Arena arena, GgufReader reader) throws ModelFileException {
		if (reader.remaining() < 24 || reader.int32() != MAGIC) {
			throw new ModelFileException(path, "this is not a GGUF file: it does not begin with 'GGUF'");
		}
		int version = reader.int32();
		if (version != 2 && version != 3) {
			throw new ModelFileException(path, "GGUF version %d is not supported, only 2 and 3".formatted(version));
		}
		long tensorCount = reader.count("tensors", MAX_ENTRIES);
		long entryCount = reader.count("metadata entries", MAX_ENTRIES);
		Map<String, Object> values = new LinkedHashMap<>();
		for (long i = 0; i < entryCount; i++) {
			String key = reader.string();
			values.put(key, reader.value(reader.int32()));
		}
		GgufMetadata metadata = new GgufMetadata(path, values);
		return new GgufFile(path, arena, metadata, tensors(path, reader, tensorCount, metadata));
	}

	private static Map<String, TensorView> tensors(Path path, GgufReader reader, long count, GgufMetadata metadata)
			throws ModelFileException {
		Map<String, Entry> entries = new LinkedHashMap<>();
		for (long i = 0; i < count; i++) {
			String name = reader.string();
			if (entries.put(name, entry(path, reader, name)) != null) {
				throw new ModelFileException(path, "tensor '%s' occurs twice".formatted(name));
			}
		}
		long alignment = metadata.integer("general.alignment", 32);
		if (alignment < 1 || alignment > (1 << 20) || Long.bitCount(alignment) != 1) {
			throw new ModelFileException(path, "the alignment %d is no power of two".formatted(alignment));
		}
		long base = (reader.position() + alignment - 1) / alignment * alignment;
		Map<String, TensorView> tensors = new LinkedHashMap<>();
		for (Map.Entry<String, Entry> entry : entries.entrySet()) {
			tensors.put(entry.getKey(), view(path, reader, entry.getKey(), entry.getValue(), base));
		}
		return tensors;
	}

	private static Entry entry(Path path, GgufReader reader, String name) throws ModelFileException {
		int dimensions = reader.int32();
		if (dimensions < 1 || dimensions > 4) {
			throw new ModelFileException(path, "tensor '%s' has %d dimensions".formatted(name, dimensions));
		}
		long columns = 1;
		long rows = 1;
		for (int d = 0; d < dimensions; d++) {
			long size = reader.int64();
			if (size < 1 || size > Integer.MAX_VALUE) {
				throw new ModelFileException(path, "dimension %d of tensor '%s' is %d".formatted(d, name, size));
			}
			if (d == 0) {
				columns = size;
			}
			else {
				rows = multiply(path, name, rows, size);
			}
		}
		return new Entry(columns, rows, reader.int32(), reader.int64());
	}

	private static TensorView view(Path path, GgufReader reader, String name, Entry entry, long base)
			throws ModelFileException {
		TensorType type = TensorType.of(entry.type);
		if (type == null) {
			throw new ModelFileException(path, "tensor '%s' at offset %d has type %d, which is not supported"
				.formatted(name, base + entry.offset, entry.type));
		}
		if (entry.columns % type.blockSize() != 0) {
			throw new ModelFileException(path,
					"tensor '%s' at offset %d has %d columns, no multiple of the %d of a %s block".formatted(name,
							base + entry.offset, entry.columns, type.blockSize(), type));
		}
		long bytes = multiply(path, name, multiply(path, name, entry.columns / type.blockSize(), type.blockBytes()),
				entry.rows);
		long size = reader.size();
		if (entry.offset < 0 || entry.offset % 4 != 0 || base > size - bytes || entry.offset > size - bytes - base) {
			throw new ModelFileException(path,
					"tensor '%s' lies at offset %d with %d bytes, the file has %d (is it truncated?)".formatted(name,
							base + entry.offset, bytes, size));
		}
		long offset = base + entry.offset;
		return new TensorView(path, name, type, entry.rows, entry.columns, offset, reader.slice(offset, bytes));
	}

	private static long multiply(Path path, String name, long a, long b) throws ModelFileException {
		long product = a * b;
		if (Math.multiplyHigh(a, b) != 0 || product < 0) {
			throw new ModelFileException(path, "tensor '%s' has %d x %d values".formatted(name, a, b));
		}
		return product;
	}

	/**
	 * A tensor as the header describes it.
	 */
	private record Entry(long columns, long rows, int type, long offset) {
	}

}
