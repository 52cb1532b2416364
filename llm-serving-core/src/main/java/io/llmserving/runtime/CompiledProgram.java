package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

import io.llmserving.runtime.ProgramSpec.TensorRef;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * A program with its packed weights on a device. Many runners may share it; all of them
 * are closed before it is.
 */
public final class CompiledProgram implements AutoCloseable {

	private static final int STORAGE_VECTOR = 1;

	/** Blocks of the attention kernel that a processor of a GPU runs at once. */
	private static final int BLOCKS_PER_PROCESSOR = 4;

	private final Device device;

	private final ProgramSpec spec;

	private final int blockSize;

	private final List<DeviceBuffer> weights = new ArrayList<>();

	private final Arena vectors = Arena.ofShared();

	private final long[] tensorBytes;

	private final MemorySegment handle;

	private final long weightBytes;

	private final long blockBytes;

	CompiledProgram(Device device, ProgramSpec spec, boolean exact, KvType kvType, int blockSize) {
		this.device = device;
		this.spec = spec;
		this.blockSize = blockSize;
		this.tensorBytes = new long[spec.tensors().size()];
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment tensors = tensors(arena);
			this.handle = device.kernels().createProgram(device.context(), options(arena, tensors, exact, kvType));
		}
		catch (RuntimeException ex) {
			this.weights.forEach(DeviceBuffer::close);
			this.vectors.close();
			throw ex;
		}
		this.weightBytes = LongStream.of(this.tensorBytes).sum();
		this.blockBytes = device.kernels().blockBytes(this.handle);
	}

	/**
	 * Returns the bytes of all packed weights.
	 */
	public long weightBytes() {
		return this.weightBytes;
	}

	/**
	 * Returns the bytes of one of the program's tensors as the device has it.
	 */
	public long tensorBytes(int tensor) {
		return this.tensorBytes[tensor];
	}

	/**
	 * Returns the bytes of one cache block.
	 */
	public long blockBytes() {
		return this.blockBytes;
	}

	public ProgramSpec spec() {
		return this.spec;
	}

	/**
	 * Returns how the device takes attention work of this program.
	 */
	public AttentionLimits attention() {
		if (this.device.processors() == 0 || this.spec.caches().isEmpty()) {
			return AttentionLimits.UNDIVIDED;
		}
		int keyHeads = this.spec.caches().get(0).heads();
		int heads = this.spec.ops()
			.stream()
			.filter((op) -> op.kind() == ProgramBuilder.ATTENTION)
			.mapToInt((op) -> op.i()[0])
			.findFirst()
			.orElse(keyHeads);
		return new AttentionLimits(Math.max(1, this.device.processors() * BLOCKS_PER_PROCESSOR / keyHeads),
				heads / keyHeads);
	}

	/**
	 * Creates a runner with a cache of its own.
	 */
	public StepRunner runner(StepLimits limits) {
		return new NativeStepRunner(this, limits);
	}

	Device device() {
		return this.device;
	}

	MemorySegment handle() {
		return this.handle;
	}

	int blockSize() {
		return this.blockSize;
	}

	@Override
	public void close() {
		this.device.kernels().destroyProgram(this.handle);
		this.weights.forEach(DeviceBuffer::close);
		this.vectors.close();
	}

	private MemorySegment tensors(Arena arena) {
		StructLayout layout = StructLayouts.TENSOR;
		MemorySegment array = arena.allocate(layout, Math.max(1, this.spec.tensors().size()));
		for (int i = 0; i < this.spec.tensors().size(); i++) {
			MemorySegment tensor = array.asSlice(i * layout.byteSize(), layout.byteSize());
			switch (this.spec.tensors().get(i)) {
				case TensorRef.Matrix matrix -> matrix(tensor, matrix);
				case TensorRef.Vector vector -> vector(tensor, vector);
			}
			this.tensorBytes[i] = tensor.get(JAVA_LONG, StructLayouts.offset(layout, "bytes"));
		}
		return array;
	}

	private void matrix(MemorySegment tensor, TensorRef.Matrix matrix) {
		NativeKernels kernels = this.device.kernels();
		MemorySegment context = this.device.context();
		long[] size = packedSize(kernels, matrix);
		DeviceBuffer buffer = new DeviceBuffer(this.device, size[0]);
		this.weights.add(buffer);
		kernels.pack(context, matrix.type(), matrix.rows(), matrix.columns(), matrix.data(), buffer.data());
		fill(tensor, 0, matrix.type(), matrix.rows(), matrix.columns(), buffer.data());
	}

	private long[] packedSize(NativeKernels kernels, TensorRef.Matrix matrix) {
		try {
			return kernels.packedSize(this.device.context(), matrix.type(), matrix.rows(), matrix.columns());
		}
		catch (EngineException ex) {
			throw new EngineException("Tensor '%s': %s".formatted(matrix.name(), ex.getMessage()), ex);
		}
	}

	private void vector(MemorySegment tensor, TensorRef.Vector vector) {
		MemorySegment values = this.vectors.allocate(4L * vector.values().length, 64);
		MemorySegment.copy(vector.values(), 0, values, JAVA_FLOAT, 0, vector.values().length);
		fill(tensor, STORAGE_VECTOR, 0, 1, vector.values().length, values);
	}

	private static void fill(MemorySegment tensor, int storage, int type, long rows, long columns, MemorySegment data) {
		StructLayout layout = StructLayouts.TENSOR;
		tensor.set(JAVA_INT, StructLayouts.offset(layout, "storage"), storage);
		tensor.set(JAVA_INT, StructLayouts.offset(layout, "type"), type);
		tensor.set(JAVA_LONG, StructLayouts.offset(layout, "rows"), rows);
		tensor.set(JAVA_LONG, StructLayouts.offset(layout, "columns"), columns);
		tensor.set(ADDRESS, StructLayouts.offset(layout, "data"), data);
		tensor.set(JAVA_LONG, StructLayouts.offset(layout, "bytes"), data.byteSize());
	}

	private MemorySegment options(Arena arena, MemorySegment tensors, boolean exact, KvType kvType) {
		MemorySegment ops = ops(arena);
		MemorySegment widths = arena.allocateFrom(JAVA_INT, this.spec.widths());
		MemorySegment caches = caches(arena);
		MemorySegment windows = arena.allocateFrom(JAVA_INT, this.spec.windows());
		StructLayout layout = StructLayouts.PROGRAM_OPTIONS;
		MemorySegment options = arena.allocate(layout);
		int[] head = { exact ? 1 : 0, kvType.ordinal(), this.blockSize, this.spec.vocabulary(), this.spec.hidden(),
				this.spec.head() };
		MemorySegment.copy(head, 0, options, JAVA_INT, 0, head.length);
		options.set(JAVA_FLOAT, StructLayouts.offset(layout, "logit_scale"), this.spec.logitScale());
		options.set(JAVA_FLOAT, StructLayouts.offset(layout, "logit_cap"), this.spec.logitCap());
		int[] counts = { this.spec.ops().size(), this.spec.widths().length, this.spec.tensors().size(),
				this.spec.caches().size(), this.spec.windows().length };
		MemorySegment.copy(counts, 0, options, JAVA_INT, StructLayouts.offset(layout, "op_count"), counts.length);
		options.set(ADDRESS, StructLayouts.offset(layout, "ops"), ops);
		options.set(ADDRESS, StructLayouts.offset(layout, "widths"), widths);
		options.set(ADDRESS, StructLayouts.offset(layout, "tensors"), tensors);
		options.set(ADDRESS, StructLayouts.offset(layout, "caches"), caches);
		options.set(ADDRESS, StructLayouts.offset(layout, "groups"), windows);
		return options;
	}

	private MemorySegment ops(Arena arena) {
		StructLayout layout = StructLayouts.OP;
		MemorySegment array = arena.allocate(layout, Math.max(1, this.spec.ops().size()));
		for (int n = 0; n < this.spec.ops().size(); n++) {
			ProgramSpec.Op op = this.spec.ops().get(n);
			MemorySegment struct = array.asSlice(n * layout.byteSize(), layout.byteSize());
			struct.fill((byte) 0);
			struct.set(JAVA_INT, 0, op.kind());
			MemorySegment.copy(op.in(), 0, struct, JAVA_INT, StructLayouts.offset(layout, "in"), op.in().length);
			struct.set(JAVA_INT, StructLayouts.offset(layout, "out"), op.out());
			long weight = StructLayouts.offset(layout, "weight");
			for (int j = 0; j < 8; j++) {
				struct.set(JAVA_INT, weight + 4L * j, (j < op.weight().length) ? op.weight()[j] : -1);
			}
			MemorySegment.copy(op.i(), 0, struct, JAVA_INT, StructLayouts.offset(layout, "i"), op.i().length);
			MemorySegment.copy(op.f(), 0, struct, JAVA_FLOAT, StructLayouts.offset(layout, "f"), op.f().length);
		}
		return array;
	}

	private MemorySegment caches(Arena arena) {
		MemorySegment array = arena.allocate(StructLayouts.CACHE, Math.max(1, this.spec.caches().size()));
		int index = 0;
		for (ProgramSpec.Cache cache : this.spec.caches()) {
			int[] fields = { cache.group(), cache.layer(), cache.heads(), cache.keyDim(), cache.valueDim() };
			MemorySegment.copy(fields, 0, array, JAVA_INT, StructLayouts.CACHE.byteSize() * index++, fields.length);
		}
		return array;
	}

}
