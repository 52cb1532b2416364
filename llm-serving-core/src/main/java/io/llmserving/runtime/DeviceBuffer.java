package io.llmserving.runtime;

import java.lang.foreign.MemorySegment;

/**
 * Memory of a device, zero at first, aligned to 64 bytes. Closed by its owner, once.
 */
final class DeviceBuffer implements AutoCloseable {

	private final Device device;

	private final MemorySegment handle;

	private final MemorySegment data;

	DeviceBuffer(Device device, long bytes) {
		this.device = device;
		this.handle = device.kernels().createBuffer(device.context(), bytes);
		this.data = device.kernels().bufferData(this.handle, bytes);
	}

	MemorySegment data() {
		return this.data;
	}

	@Override
	public void close() {
		this.device.kernels().destroyBuffer(this.handle);
	}

}
