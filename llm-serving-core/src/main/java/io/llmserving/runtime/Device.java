package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * The CPU with its thread team: one per process, however many applications open it. Safe
 * for use by many threads; the last {@link #close()} ends the team.
 */
public final class Device implements AutoCloseable {

	private static final int SPIN_MICROSECONDS = 50;

	private static @Nullable Device shared;

	private final NativeKernels kernels;

	private final MemorySegment context;

	private final String description;

	private int holders = 1;

	private Device(NativeKernels kernels, int threads, Isa isa) {
		this.kernels = kernels;
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment options = arena.allocate(StructLayouts.CONTEXT_OPTIONS);
			options.setAtIndex(JAVA_INT, 0, threads);
			options.setAtIndex(JAVA_INT, 1, isa.ordinal());
			options.setAtIndex(JAVA_INT, 2, SPIN_MICROSECONDS);
			this.context = kernels.createContext(options);
		}
		this.description = describe(kernels.describeContext(this.context));
	}

	/**
	 * Instruction sets, in the order of {@code llm_isa}.
	 */
	public enum Isa {

		AUTO, SCALAR, AVX2, AVX512, NEON

	}

	/**
	 * Opens the process's device, or joins those who have it open already; the library
	 * and the number of threads are then theirs.
	 * @param library a library to use, null for the one in the jar
	 * @param extractDirectory where that one is extracted to
	 * @param threads size of the team, 0 for the number of physical cores
	 */
	public static synchronized Device open(@Nullable Path library, Path extractDirectory, int threads) {
		Device device = shared;
		if (device != null) {
			device.holders++;
			return device;
		}
		device = create(library, extractDirectory, threads, Isa.AUTO);
		shared = device;
		return device;
	}

	/**
	 * Creates a device of its own, for tests of numbers of threads and instruction sets.
	 */
	public static Device create(@Nullable Path library, Path extractDirectory, int threads, Isa isa) {
		Path file = (library != null) ? library : NativeLibraryFile.extract(extractDirectory);
		return new Device(new NativeKernels(file), threads, isa);
	}

	private static String describe(String json) {
		JsonNode facts = JsonMapper.shared().readTree(json);
		return "CPU, %s (%s), %d threads on %d cores".formatted(facts.path("isa").asString(),
				facts.path("reason").asString(), facts.path("threads").asInt(), facts.path("cores").asInt());
	}

	/**
	 * Returns the instruction set chosen and why, and the size of the team, for people.
	 */
	public String description() {
		return this.description;
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
	 * @param exact whether activations, keys and values are f32
	 */
	public CompiledProgram compile(ProgramSpec spec, boolean exact, int blockSize) {
		return new CompiledProgram(this, spec, exact, blockSize);
	}

	NativeKernels kernels() {
		return this.kernels;
	}

	MemorySegment context() {
		return this.context;
	}

	@Override
	public void close() {
		synchronized (Device.class) {
			this.holders--;
			if (this.holders > 0) {
				return;
			}
			if (shared == this) {
				shared = null;
			}
		}
		this.kernels.destroyContext(this.context);
	}

}
