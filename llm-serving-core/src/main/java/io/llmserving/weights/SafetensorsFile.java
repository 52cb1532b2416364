package io.llmserving.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * One safetensors file, mapped into an arena: a header's length in 8 bytes, the header as
 * JSON, the tensors' bytes without gaps. The format and its rules are described in the
 * README of safetensors.
 */
final class SafetensorsFile {

	private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

	// The limit of the format's own library.
	private static final long MAX_HEADER = 100_000_000;

	private static final String METADATA = "__metadata__";

	private final Path path;

	private final Set<String> names = new LinkedHashSet<>();

	private final Map<String, TensorView> tensors = new LinkedHashMap<>();

	// What is wrong with tensors that cannot be read, which matters if one is asked for.
	private final Map<String, String> unsupported = new LinkedHashMap<>();

	private SafetensorsFile(Path path) {
		this.path = path;
	}

	/**
	 * Maps a file and checks its header.
	 * @throws ModelFileException if it is no safetensors file, truncated or untruthful
	 */
	static SafetensorsFile map(Path path, Arena arena) throws IOException {
		try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
			MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
			SafetensorsFile file = new SafetensorsFile(path);
			file.read(bytes, arena);
			return file;
		}
	}

	Path path() {
		return this.path;
	}

	/** The tensors of supported types, by name. */
	Map<String, TensorView> tensors() {
		return this.tensors;
	}

	/** The names of all tensors. */
	Set<String> names() {
		return this.names;
	}

	boolean has(String name) {
		return this.names.contains(name);
	}

	/**
	 * Returns a tensor, null if there is none of that name.
	 * @throws ModelFileException if its type is not supported
	 */
	@Nullable TensorView tensor(String name) throws ModelFileException {
		String problem = this.unsupported.get(name);
		if (problem != null) {
			throw new ModelFileException(this.path, problem);
		}
		return this.tensors.get(name);
	}

	private void read(MemorySegment file, Arena arena) throws ModelFileException {
		if (file.byteSize() < 8) {
			throw new ModelFileException(this.path,
					"this is not a safetensors file: it has %d bytes".formatted(file.byteSize()));
		}
		long header = file.get(LONG, 0);
		if (header < 2 || header > MAX_HEADER || header > file.byteSize() - 8) {
			throw new ModelFileException(this.path,
					"this is not a safetensors file: it claims a header of %d bytes and has %d (is it truncated?)"
						.formatted(header, file.byteSize()));
		}
		JsonMetadata json = JsonMetadata.parse(this.path, file.asSlice(8, header));
		List<Entry> entries = new ArrayList<>();
		for (String name : json.keys()) {
			if (!name.equals(METADATA)) {
				entries.add(entry(name, json.object(name)));
				this.names.add(name);
			}
		}
		checkRanges(entries, 8 + header, file.byteSize());
		for (Entry entry : entries) {
			add(entry, 8 + header, file, arena);
		}
	}

	private Entry entry(String name, @Nullable JsonMetadata description) throws ModelFileException {
		if (description == null) {
			throw new ModelFileException(this.path, "tensor '%s' has no description".formatted(name));
		}
		String type = description.text("dtype");
		long[] shape = description.integers("shape");
		long[] range = description.integers("data_offsets");
		if (type == null || shape == null || range == null || range.length != 2) {
			throw new ModelFileException(this.path,
					"tensor '%s' lacks its dtype, shape or data_offsets".formatted(name));
		}
		return new Entry(name, type, shape, range[0], range[1]);
	}

	// As the format wants it: every byte belongs to one tensor.
	private void checkRanges(List<Entry> entries, long base, long size) throws ModelFileException {
		List<Entry> ordered = entries.stream()
			.sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
			.toList();
		long position = 0;
		for (Entry entry : ordered) {
			if (entry.begin != position || entry.end < entry.begin || entry.end > size - base) {
				throw new ModelFileException(this.path,
						("tensor '%s' claims the bytes from offset %d to %d, where it should begin at %d and the file ends"
								+ " at %d (is it truncated?)")
							.formatted(entry.name, base + entry.begin, base + entry.end, base + position, size));
			}
			position = entry.end;
		}
		if (position != size - base) {
			throw new ModelFileException(this.path,
					"the tensors end at offset %d, the file at %d".formatted(base + position, size));
		}
	}

	private void add(Entry entry, long base, MemorySegment file, Arena arena) throws ModelFileException {
		long count = 1;
		for (long dimension : entry.shape) {
			if (dimension < 0 || dimension > Integer.MAX_VALUE || Math.multiplyHigh(count, dimension) != 0
					|| count * dimension < 0) {
				throw new ModelFileException(this.path, "dimension %d of tensor '%s' at offset %d is too large"
					.formatted(dimension, entry.name, base + entry.begin));
			}
			count *= dimension;
		}
		TensorType type = type(entry.type);
		if (type == null) {
			this.unsupported.put(entry.name, "tensor '%s' at offset %d has type %s; supported are F32, F16 and BF16"
				.formatted(entry.name, base + entry.begin, entry.type));
			return;
		}
		long bytes = entry.end - entry.begin;
		if (bytes % type.blockBytes() != 0 || bytes / type.blockBytes() != count) {
			throw new ModelFileException(this.path, "tensor '%s' at offset %d has %d bytes for %d values of type %s"
				.formatted(entry.name, base + entry.begin, bytes, count, entry.type));
		}
		long columns = (entry.shape.length == 0) ? 1 : entry.shape[entry.shape.length - 1];
		MemorySegment data = aligned(file.asSlice(base + entry.begin, bytes), type, arena);
		this.tensors.put(entry.name, new TensorView(this.path, entry.name, type, (columns == 0) ? 0 : count / columns,
				columns, base + entry.begin, data));
	}

	// Headers are padded so that tensors are aligned, but nothing obliges a writer to.
	private static MemorySegment aligned(MemorySegment data, TensorType type, Arena arena) {
		if (data.address() % type.blockBytes() == 0) {
			return data;
		}
		return arena.allocate(data.byteSize(), 64).copyFrom(data).asReadOnly();
	}

	private static @Nullable TensorType type(String name) {
		return switch (name) {
			case "F32" -> TensorType.F32;
			case "F16" -> TensorType.F16;
			case "BF16" -> TensorType.BF16;
			default -> null;
		};
	}

	/**
	 * A tensor as the header describes it.
	 */
	private record Entry(String name, String type, long[] shape, long begin, long end) {
	}

}
