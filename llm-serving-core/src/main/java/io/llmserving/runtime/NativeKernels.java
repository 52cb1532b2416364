package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The functions of the native header, bound once. Calls that fail throw
 * {@link EngineException} with the library's own text.
 */
@SuppressWarnings("restricted")
final class NativeKernels {

	static final int ABI_VERSION = 2;

	private final SymbolLookup symbols;

	private final MethodHandle abiVersion;

	private final MethodHandle lastError;

	private final MethodHandle structLayout;

	private final MethodHandle deviceProbe;

	private final MethodHandle contextCreate;

	private final MethodHandle contextDestroy;

	private final MethodHandle contextDescribe;

	private final MethodHandle contextMemory;

	private final MethodHandle bufferCreate;

	private final MethodHandle bufferData;

	private final MethodHandle bufferDestroy;

	private final MethodHandle dequantize;

	private final MethodHandle packedSize;

	private final MethodHandle pack;

	private final MethodHandle programCreate;

	private final MethodHandle programDestroy;

	private final MethodHandle programBlockBytes;

	private final MethodHandle sessionCreate;

	private final MethodHandle sessionDestroy;

	private final MethodHandle sessionProgress;

	private final MethodHandle sessionProfile;

	private final MethodHandle slotSet;

	private final MethodHandle stepSubmit;

	private final MethodHandle stepMasks;

	private final MethodHandle stepAwait;

	private final MethodHandle testLinear;

	private final MethodHandle testFault;

	/**
	 * Loads a library for the rest of the process's life.
	 * @throws NativeLibraryException if it cannot be loaded or speaks another ABI
	 */
	NativeKernels(Path library) {
		this.symbols = load(library);
		this.abiVersion = bind("llm_abi_version", FunctionDescriptor.of(JAVA_INT));
		this.lastError = bind("llm_last_error", FunctionDescriptor.of(ADDRESS));
		this.structLayout = status("llm_struct_layout", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
		this.deviceProbe = status("llm_device_probe", ADDRESS, JAVA_LONG);
		this.contextCreate = status("llm_context_create", ADDRESS, ADDRESS);
		this.contextDestroy = bind("llm_context_destroy", FunctionDescriptor.ofVoid(ADDRESS));
		this.contextDescribe = status("llm_context_describe", ADDRESS, ADDRESS, JAVA_LONG);
		this.contextMemory = status("llm_context_memory", ADDRESS, ADDRESS);
		this.bufferCreate = status("llm_buffer_create", ADDRESS, JAVA_LONG, ADDRESS);
		this.bufferData = bind("llm_buffer_data", FunctionDescriptor.of(ADDRESS, ADDRESS));
		this.bufferDestroy = bind("llm_buffer_destroy", FunctionDescriptor.ofVoid(ADDRESS));
		this.dequantize = status("llm_dequantize", JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS);
		this.packedSize = status("llm_packed_size", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
		this.pack = status("llm_pack", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
		this.programCreate = status("llm_program_create", ADDRESS, ADDRESS, ADDRESS);
		this.programDestroy = bind("llm_program_destroy", FunctionDescriptor.ofVoid(ADDRESS));
		this.programBlockBytes = status("llm_program_block_bytes", ADDRESS, ADDRESS);
		this.sessionCreate = status("llm_session_create", ADDRESS, ADDRESS, ADDRESS);
		this.sessionDestroy = bind("llm_session_destroy", FunctionDescriptor.ofVoid(ADDRESS));
		this.sessionProgress = bind("llm_session_progress", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
		this.sessionProfile = status("llm_session_profile", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
		this.slotSet = status("llm_slot_set", ADDRESS, ADDRESS);
		this.stepSubmit = status("llm_step_submit", ADDRESS, ADDRESS, ADDRESS);
		this.stepMasks = status("llm_step_masks", ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT);
		this.stepAwait = status("llm_step_await", ADDRESS, JAVA_LONG, JAVA_LONG);
		this.testLinear = status("llm_test_linear", ADDRESS, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
		this.testFault = status("llm_test_fault", ADDRESS, JAVA_INT, JAVA_LONG);
		verify(library);
	}

	String probeDevice() {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment text = arena.allocate(8192);
			check(() -> (int) this.deviceProbe.invokeExact(text, 8192L));
			return text.getString(0);
		}
	}

	MemorySegment createContext(MemorySegment options) {
		return created(this.contextCreate, options);
	}

	void destroyContext(MemorySegment context) {
		invoke(this.contextDestroy, context);
	}

	String describeContext(MemorySegment context) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment text = arena.allocate(1024);
			check(() -> (int) this.contextDescribe.invokeExact(context, text, 1024L));
			return text.getString(0);
		}
	}

	/**
	 * Returns live bytes and live allocations.
	 */
	long[] memory(MemorySegment context) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment memory = arena.allocate(StructLayouts.MEMORY);
			check(() -> (int) this.contextMemory.invokeExact(context, memory));
			return memory.toArray(JAVA_LONG);
		}
	}

	MemorySegment createBuffer(MemorySegment context, long bytes) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment out = arena.allocate(ADDRESS);
			check(() -> (int) this.bufferCreate.invokeExact(context, bytes, out));
			return out.get(ADDRESS, 0);
		}
	}

	MemorySegment bufferData(MemorySegment buffer, long bytes) {
		try {
			return ((MemorySegment) this.bufferData.invokeExact(buffer)).reinterpret(bytes);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	void destroyBuffer(MemorySegment buffer) {
		invoke(this.bufferDestroy, buffer);
	}

	void dequantize(int type, MemorySegment source, long count, MemorySegment target) {
		check(() -> (int) this.dequantize.invokeExact(type, source, count, target));
	}

	/**
	 * Returns a packed matrix's bytes and its layout's number.
	 */
	long[] packedSize(MemorySegment context, int type, long rows, long columns) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment bytes = arena.allocate(JAVA_LONG);
			MemorySegment layout = arena.allocate(JAVA_LONG);
			check(() -> (int) this.packedSize.invokeExact(context, type, rows, columns, bytes, layout));
			return new long[] { bytes.get(JAVA_LONG, 0), layout.get(JAVA_LONG, 0) };
		}
	}

	void pack(MemorySegment context, int type, long rows, long columns, MemorySegment source, MemorySegment target) {
		check(() -> (int) this.pack.invokeExact(context, type, rows, columns, source, target));
	}

	MemorySegment createProgram(MemorySegment context, MemorySegment options) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment out = arena.allocate(ADDRESS);
			check(() -> (int) this.programCreate.invokeExact(context, options, out));
			return out.get(ADDRESS, 0);
		}
	}

	void destroyProgram(MemorySegment program) {
		invoke(this.programDestroy, program);
	}

	long blockBytes(MemorySegment program) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment out = arena.allocate(JAVA_LONG);
			check(() -> (int) this.programBlockBytes.invokeExact(program, out));
			return out.get(JAVA_LONG, 0);
		}
	}

	MemorySegment createSession(MemorySegment program, MemorySegment options) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment out = arena.allocate(ADDRESS);
			check(() -> (int) this.sessionCreate.invokeExact(program, options, out));
			return out.get(ADDRESS, 0);
		}
	}

	void destroySession(MemorySegment session) {
		invoke(this.sessionDestroy, session);
	}

	long progress(MemorySegment session) {
		try {
			return (long) this.sessionProgress.invokeExact(session);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	/**
	 * Returns nanoseconds by kind since the last call.
	 */
	long[] profile(MemorySegment session, boolean on, int kinds) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment nanos = arena.allocate(JAVA_LONG, kinds);
			check(() -> (int) this.sessionProfile.invokeExact(session, on ? 1 : 0, nanos, kinds));
			return nanos.toArray(JAVA_LONG);
		}
	}

	void setSlot(MemorySegment session, MemorySegment slot) {
		try {
			checkStatus((int) this.slotSet.invokeExact(session, slot));
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	void submit(MemorySegment session, MemorySegment step, MemorySegment ticket) {
		try {
			checkStatus((int) this.stepSubmit.invokeExact(session, step, ticket));
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	void masks(MemorySegment session, long ticket, MemorySegment masks, int count, int words) {
		try {
			checkStatus((int) this.stepMasks.invokeExact(session, ticket, masks, count, words));
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	void await(MemorySegment session, long ticket, long timeoutNanos) {
		try {
			checkStatus((int) this.stepAwait.invokeExact(session, ticket, timeoutNanos));
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	void testLinear(MemorySegment context, int activations, MemorySegment weight, MemorySegment x, long rows,
			MemorySegment y) {
		check(() -> (int) this.testLinear.invokeExact(context, activations, weight, x, rows, y));
	}

	void injectFault(MemorySegment context, int fault, long after) {
		check(() -> (int) this.testFault.invokeExact(context, fault, after));
	}

	private void verify(Path library) {
		int version = version();
		if (version != ABI_VERSION) {
			throw new NativeLibraryException(
					"%s speaks version %d of the ABI, this application version %d".formatted(library, version,
							ABI_VERSION),
					"Use the library of the same release, or leave llm.serving.native.library-path unset.");
		}
		for (Map.Entry<String, StructLayout> struct : StructLayouts.all().entrySet()) {
			int[] ours = StructLayouts.numbers(struct.getValue());
			int[] theirs = layout(struct.getKey());
			if (!Arrays.equals(ours, theirs)) {
				throw new IllegalStateException("Struct %s is %s here and %s in %s".formatted(struct.getKey(),
						Arrays.toString(ours), Arrays.toString(theirs), library));
			}
		}
	}

	private int version() {
		try {
			return (int) this.abiVersion.invokeExact();
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	private int[] layout(String struct) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment name = arena.allocateFrom(struct);
			MemorySegment values = arena.allocate(JAVA_INT, 64);
			MemorySegment count = arena.allocate(JAVA_INT);
			check(() -> (int) this.structLayout.invokeExact(name, values, 64, count));
			return values.asSlice(0, 4L * count.get(JAVA_INT, 0)).toArray(JAVA_INT);
		}
	}

	private MemorySegment created(MethodHandle function, MemorySegment options) {
		try (Arena arena = Arena.ofConfined()) {
			MemorySegment out = arena.allocate(ADDRESS);
			check(() -> (int) function.invokeExact(options, out));
			return out.get(ADDRESS, 0);
		}
	}

	private void invoke(MethodHandle function, MemorySegment handle) {
		try {
			function.invokeExact(handle);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	private void check(Call call) {
		try {
			checkStatus(call.run());
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	private void checkStatus(int status) throws Throwable {
		if (status != 0) {
			MemorySegment text = (MemorySegment) this.lastError.invokeExact();
			throw new EngineException(text.reinterpret(Long.MAX_VALUE).getString(0));
		}
	}

	private static RuntimeException unexpected(Throwable ex) {
		if (ex instanceof Error error) {
			throw error;
		}
		return (ex instanceof RuntimeException runtime) ? runtime : new IllegalStateException(ex);
	}

	private MethodHandle status(String name, MemoryLayout... arguments) {
		return bind(name, FunctionDescriptor.of(JAVA_INT, arguments));
	}

	private MethodHandle bind(String name, FunctionDescriptor descriptor) {
		MemorySegment address = this.symbols.find(name)
			.orElseThrow(() -> new NativeLibraryException("The native library has no function " + name,
					"Use the library of the same release, or leave llm.serving.native.library-path unset."));
		return Linker.nativeLinker().downcallHandle(address, descriptor);
	}

	private static SymbolLookup load(Path library) {
		try {
			return SymbolLookup.libraryLookup(library, Arena.global());
		}
		catch (IllegalCallerException ex) {
			throw new NativeLibraryException("This JVM denies native access",
					"Start it with --enable-native-access=ALL-UNNAMED, or give the application's jar the manifest entry Enable-Native-Access: ALL-UNNAMED.",
					ex);
		}
		catch (IllegalArgumentException ex) {
			throw new NativeLibraryException("The native library %s cannot be loaded".formatted(library),
					"If its directory is mounted noexec, set llm.serving.native.extract-directory to one that allows execution; musl is not supported.",
					ex);
		}
	}

	/**
	 * A call that returns a status.
	 */
	private interface Call {

		int run() throws Throwable;

	}

}
