package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Runs steps in the native library. Step inputs are copied into segments that were
 * allocated once, one set per step that may be in flight.
 */
final class NativeStepRunner implements StepRunner {

	private final NativeKernels kernels;

	private final StepLimits limits;

	private final BlockTables tables;

	private final DeviceBuffer pool;

	private final MemorySegment session;

	private final Arena arena = Arena.ofShared();

	private final List<StepMemory> steps = new ArrayList<>();

	private final SlotMemory slot;

	private final MemorySegment ticket;

	NativeStepRunner(CompiledProgram program, StepLimits limits) {
		Device device = program.device();
		this.kernels = device.kernels();
		this.limits = limits;
		this.tables = new BlockTables(this.arena, limits.groups(), limits.sequences(), limits.blocksPerRow());
		this.pool = new DeviceBuffer(device, program.blockBytes() * limits.blocks());
		this.slot = new SlotMemory(this.arena);
		this.ticket = this.arena.allocate(JAVA_LONG);
		for (int i = 0; i <= limits.depth(); i++) {
			this.steps.add(new StepMemory(this.arena));
		}
		this.session = createSession(program);
	}

	@Override
	public StepLimits limits() {
		return this.limits;
	}

	@Override
	public BlockTables tables() {
		return this.tables;
	}

	@Override
	public void setSlot(int index, SlotParameters parameters, int[] prompt, int promptLength, int[] output,
			int outputLength) {
		this.kernels.setSlot(this.session,
				this.slot.fill(index, parameters, prompt, promptLength, output, outputLength));
	}

	@Override
	public long submit(StepPlan plan) {
		long next = this.ticket.get(JAVA_LONG, 0) + 1;
		StepMemory memory = memory(next);
		memory.fill(plan);
		this.kernels.submit(this.session, memory.step(), this.ticket);
		return this.ticket.get(JAVA_LONG, 0);
	}

	@Override
	public void provideMasks(long step, int[] masks, int count) {
		int words = (this.limits.vocabulary() + 31) / 32;
		MemorySegment segment = memory(step).masks(masks, count * words);
		this.kernels.masks(this.session, step, segment, count, words);
	}

	@Override
	public void await(long step, StepResult result) {
		this.kernels.await(this.session, step, Long.MAX_VALUE);
		memory(step).read(result);
	}

	@Override
	public long progress() {
		return this.kernels.progress(this.session);
	}

	@Override
	public Map<StepPart, Long> profile(boolean on) {
		StepPart[] parts = StepPart.values();
		long[] nanos = this.kernels.profile(this.session, on, parts.length);
		Map<StepPart, Long> profile = new EnumMap<>(StepPart.class);
		for (StepPart part : parts) {
			profile.put(part, nanos[part.ordinal()]);
		}
		return profile;
	}

	@Override
	public void close() {
		this.kernels.destroySession(this.session);
		this.pool.close();
		this.arena.close();
	}

	private StepMemory memory(long step) {
		return this.steps.get((int) (step % this.steps.size()));
	}

	private MemorySegment createSession(CompiledProgram program) {
		try (Arena confined = Arena.ofConfined()) {
			StructLayout layout = StructLayouts.SESSION_OPTIONS;
			MemorySegment options = confined.allocate(layout);
			int[] sizes = { this.limits.tokens(), this.limits.sequences(), this.limits.headRows(), this.limits.slots(),
					this.limits.blocks(), this.limits.sequences(), this.limits.blocksPerRow() };
			MemorySegment.copy(sizes, 0, options, JAVA_INT, 0, sizes.length);
			options.set(ADDRESS, StructLayouts.offset(layout, "pool"), this.pool.data());
			options.set(ADDRESS, StructLayouts.offset(layout, "tables"), this.tables.segment());
			return this.kernels.createSession(program.handle(), options);
		}
		catch (RuntimeException ex) {
			this.pool.close();
			this.arena.close();
			throw ex;
		}
	}

}
