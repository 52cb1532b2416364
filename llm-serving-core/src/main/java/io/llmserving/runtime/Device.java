package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * A CPU with its thread team, or a GPU: one of each per process, however many
 * applications open it. Safe for use by many threads; the last {@link #close()} gives it
 * back.
 */
public final class Device implements AutoCloseable {

	private static final int SPIN_MICROSECONDS = 50;

	private static final Map<Key, Device> SHARED = new HashMap<>();

	private final DeviceKind kind;

	private final NativeKernels kernels;

	private final MemorySegment context;

	private final DeviceFacts facts;

	private int holders = 1;

	private Device(DeviceRequest request, Isa isa) {
		Path library = request.library();
		this.kind = request.kind();
		this.kernels = (library != null) ? new NativeKernels(library)
				: LoadedLibraries.SHARED.get(this.kind, request.extractDirectory());
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment options = arena.allocate(StructLayouts.CONTEXT_OPTIONS);
			int[] values = { request.threads(), isa.ordinal(), SPIN_MICROSECONDS, request.ordinal(),
					request.deterministic() ? 1 : 0 };
			MemorySegment.copy(values, 0, options, JAVA_INT, 0, values.length);
			this.context = this.kernels.createContext(options);
		}
		this.facts = DeviceFacts.read(this.kind, this.kernels.describeContext(this.context));
	}

	private record Key(DeviceKind kind, int ordinal, boolean deterministic) {

		Key(DeviceRequest request) {
			this(request.kind(), request.ordinal(), request.kind() != DeviceKind.CPU && request.deterministic());
		}

	}

	/**
	 * Instruction sets, in the order of {@code llm_isa}.
	 */
	public enum Isa {

		AUTO, SCALAR, AVX2, AVX512, NEON, AVX512_VNNI, AVX2_VNNI

	}

	/**
	 * Opens a device of the process, or joins those who have it open already; the library
	 * and the number of threads are then theirs.
	 * @throws NativeLibraryException if there is no library for it, or none that loads
	 * @throws EngineException if the library finds no such device
	 */
	public static Device open(DeviceRequest request) {
		synchronized (SHARED) {
			Device device = SHARED.get(new Key(request));
			if (device != null) {
				device.holders++;
				return device;
			}
			device = create(request, Isa.AUTO);
			SHARED.put(new Key(request), device);
			return device;
		}
	}

	/**
	 * Creates a device of its own, for tests of numbers of threads and instruction sets.
	 */
	public static Device create(DeviceRequest request, Isa isa) {
		return new Device(request, isa);
	}

	public DeviceKind kind() {
		return this.kind;
	}

	/**
	 * Returns what it is and what it can do, for people.
	 */
	public String description() {
		return this.facts.description();
	}

	/**
	 * Returns the bytes of its own memory, 0 where it uses the machine's.
	 */
	public long memoryBytes() {
		return this.facts.memoryBytes();
	}

	/**
	 * Returns its streaming multiprocessors or compute units, 0 for a CPU.
	 */
	public int processors() {
		return this.facts.processors();
	}

	/**
	 * Returns live bytes of native memory.
	 */
	public long allocatedBytes() {
		return this.kernels.memory(this.context)[0];
	}

	/**
	 * Returns live native allocations.
	 */
	public long allocations() {
		return this.kernels.memory(this.context)[1];
	}

	/**
	 * Turns blocks of a file into floats by the scalar twin.
	 * @param type a number of {@code llm_type}
	 */
	public float[] dequantize(int type, MemorySegment source, int count) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment target = arena.allocate(4L * count, 64);
			this.kernels.dequantize(type, source, count, target);
			return target.toArray(JAVA_FLOAT);
		}
	}

	/**
	 * Packs a program's weights and compiles it.
	 * @param exact whether activations are f32
	 * @param kvType type of keys and values, F32 where activations are
	 */
	public CompiledProgram compile(ProgramSpec spec, boolean exact, KvType kvType, int blockSize) {
		return new CompiledProgram(this, spec, exact, kvType, blockSize);
	}

	/**
	 * Packs a program's weights and compiles it, keys and values of the type that goes
	 * with its activations.
	 */
	public CompiledProgram compile(ProgramSpec spec, boolean exact, int blockSize) {
		return compile(spec, exact, exact ? KvType.F32 : KvType.BF16, blockSize);
	}

	/**
	 * Notes that the device failed: whoever opens it from now on gets a fresh context.
	 * Those who hold it close it as ever.
	 */
	public void abandon() {
		synchronized (SHARED) {
			SHARED.values().remove(this);
		}
	}

	/**
	 * Makes the emulator fail, for tests of what follows.
	 * @param fault what fails
	 * @param after how many calls of its kind succeed before
	 */
	public void inject(Fault fault, long after) {
		this.kernels.injectFault(this.context, fault.ordinal() + 1, after);
	}

	/**
	 * What can be made to fail, in the order of {@code llm_fault}.
	 */
	public enum Fault {

		/** One launch; what was submitted after it is lost too. */
		LAUNCH,

		/** One allocation of device memory. */
		MEMORY,

		/** Everything from a launch on. */
		LOST

	}

	NativeKernels kernels() {
		return this.kernels;
	}

	MemorySegment context() {
		return this.context;
	}

	@Override
	public void close() {
		synchronized (SHARED) {
			this.holders--;
			if (this.holders > 0) {
				return;
			}
			SHARED.values().remove(this);
		}
		this.kernels.destroyContext(this.context);
	}

}
