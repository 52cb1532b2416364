package io.llmserving.serving;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.DeviceProbe;
import io.llmserving.runtime.DeviceRequest;
import io.llmserving.runtime.EngineException;
import io.llmserving.runtime.NativeLibraryException;

/**
 * Chooses and opens the devices that models run on. A model that names none gets a CUDA
 * device, else a HIP device, else the CPU; the reason is logged once. Safe for use by
 * many threads.
 */
final class Devices implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Devices.class);

	private final ServingSettings settings;

	private final MemoryBudget hostMemory;

	private final Map<DeviceKind, DeviceProbe> probes = new EnumMap<>(DeviceKind.class);

	/** Kept open from the first use to the end, so that models come and go cheaply. */
	private final List<Device> held = new ArrayList<>();

	/** By description: a device that is opened anew keeps its budget. */
	private final Map<String, MemoryBudget> budgets = new HashMap<>();

	private final Set<String> logged = new HashSet<>();

	Devices(ServingSettings settings, MemoryBudget hostMemory) {
		this.settings = settings;
		this.hostMemory = hostMemory;
	}

	/**
	 * Opens a model's device; the caller closes it.
	 * @throws ModelStartupException if the model names a device that cannot be used
	 * @throws NativeLibraryException if not even the CPU's library can be used
	 */
	synchronized Device open(ModelSettings model) {
		DeviceKind wanted = model.placement().device();
		if (wanted == null) {
			return automatic(model);
		}
		if (wanted == DeviceKind.CPU) {
			return open(DeviceKind.CPU, model.placement());
		}
		if (model.placement().exact()) {
			throw new ModelStartupException(model.id(),
					"activations: f32 is the CPU's exact mode, the model's device is " + wanted.id(),
					"Leave activations at auto, or set the model's device to cpu.", null);
		}
		DeviceProbe probe = probe(wanted);
		if (!probe.usable()) {
			throw unusable(model, wanted, probe.reason(), probe.remedy(), null);
		}
		try {
			return open(wanted, model.placement());
		}
		catch (EngineException ex) {
			throw unusable(model, wanted, String.valueOf(ex.getMessage()), "Set the model's device to auto or cpu.",
					ex);
		}
	}

	private static ModelStartupException unusable(ModelSettings model, DeviceKind kind, String reason, String remedy,
			@Nullable Exception cause) {
		return new ModelStartupException(model.id(), "its device '%s' cannot be used: %s".formatted(kind.id(), reason),
				remedy, cause);
	}

	private Device automatic(ModelSettings model) {
		List<String> reasons = new ArrayList<>();
		if (model.placement().exact()) {
			reasons.add("activations are f32, which only the CPU has");
		}
		for (DeviceKind kind : model.placement().exact() ? List.<DeviceKind>of()
				: List.of(DeviceKind.CUDA, DeviceKind.HIP)) {
			DeviceProbe probe = probe(kind);
			if (!probe.usable()) {
				reasons.add("%s: %s".formatted(kind.id(), probe.reason()));
				continue;
			}
			try {
				return chosen(open(kind, model.placement()), reasons);
			}
			catch (EngineException ex) {
				reasons.add("%s: %s".formatted(kind.id(), ex.getMessage()));
			}
		}
		return chosen(open(DeviceKind.CPU, model.placement()), reasons);
	}

	private Device chosen(Device device, List<String> reasons) {
		String text = "Device: %s%s".formatted(device.description(),
				reasons.isEmpty() ? "" : " (" + String.join("; ", reasons) + ")");
		if (this.logged.add(text)) {
			logger.info(text);
		}
		return device;
	}

	private DeviceProbe probe(DeviceKind kind) {
		return this.probes.computeIfAbsent(kind, (key) -> DeviceProbe.of(key, extractDirectory()));
	}

	private Device open(DeviceKind kind, ModelPlacement placement) {
		Path library = (kind == DeviceKind.CPU) ? this.settings.libraryPath() : null;
		DeviceRequest request = new DeviceRequest(kind, library, extractDirectory(), this.settings.threads(),
				placement.ordinal(), placement.deterministic());
		Device device = Device.open(request);
		if (!this.held.contains(device)) {
			this.held.add(Device.open(request));
		}
		return device;
	}

	private Path extractDirectory() {
		Path extract = this.settings.extractDirectory();
		return (extract != null) ? extract : this.settings.cacheDirectory().resolve("native");
	}

	/**
	 * Opens a model's device anew, after it failed; the caller has closed what it had and
	 * closes the new one.
	 */
	synchronized Device renew(ModelSettings model, Device failed) {
		failed.abandon();
		if (this.held.remove(failed)) {
			failed.close();
		}
		return open(model);
	}

	/**
	 * Returns the budget of the memory that a device uses.
	 */
	synchronized MemoryBudget budget(Device device) {
		if (device.kind().usesHostMemory()) {
			return this.hostMemory;
		}
		return this.budgets.computeIfAbsent(device.description(),
				(key) -> MemoryBudget.ofDevice(key, device.memoryBytes()));
	}

	/** Live bytes of native memory of all devices. */
	synchronized long allocatedBytes() {
		return this.held.stream().mapToLong(Device::allocatedBytes).sum();
	}

	/** Live native allocations of all devices. */
	synchronized long allocations() {
		return this.held.stream().mapToLong(Device::allocations).sum();
	}

	/**
	 * Gives back what is open; the budgets of devices forget this application's models.
	 */
	@Override
	public synchronized void close() {
		this.budgets.values().forEach(MemoryBudget::releaseAll);
		this.held.forEach(Device::close);
		this.held.clear();
	}

}
