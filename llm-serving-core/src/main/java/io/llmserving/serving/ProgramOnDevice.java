package io.llmserving.serving;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.EngineException;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepRunner;
import io.llmserving.weights.ModelFileException;

/**
 * A model's program and the device that it was compiled for. A GPU on which something
 * failed refuses everything from then on, so that there the second runner and all further
 * ones begin with the device: it is opened anew and the weights are read again. Used by
 * one thread at a time.
 */
final class ProgramOnDevice implements AutoCloseable {

	private final Devices devices;

	private final ModelSettings model;

	private final Path path;

	private Device device;

	private @Nullable CompiledProgram program;

	private boolean used;

	/**
	 * Takes over an open device.
	 */
	ProgramOnDevice(Devices devices, ModelSettings model, Path path, Device device, OpenModel open)
			throws ModelFileException {
		this.devices = devices;
		this.model = model;
		this.path = path;
		this.device = device;
		this.program = compile(open);
	}

	private CompiledProgram compile(OpenModel open) throws ModelFileException {
		return this.device.compile(open.program(), this.model.placement().exact(),
				this.model.placement().keysAndValues(), this.model.blockSize());
	}

	/** The program as it was compiled first. */
	CompiledProgram program() {
		CompiledProgram compiled = this.program;
		if (compiled == null) {
			throw new IllegalStateException("The program is not on its device");
		}
		return compiled;
	}

	/**
	 * Makes a runner, after the one before was closed.
	 * @throws EngineException if the device fails again
	 */
	StepRunner runner(StepLimits limits) {
		if (this.used && this.device.kind() != DeviceKind.CPU) {
			renew();
		}
		this.used = true;
		return program().runner(limits);
	}

	private void renew() {
		close();
		this.device = this.devices.renew(this.model, this.device);
		try (OpenModel open = ModelReader.open(this.path, this.model.contextLength())) {
			this.program = compile(open);
		}
		catch (ModelFileException ex) {
			throw new EngineException("The model's file cannot be read again: " + ex.getMessage(), ex);
		}
		catch (RuntimeException ex) {
			this.device.close();
			throw ex;
		}
	}

	/** Frees the weights and gives the device back. */
	@Override
	public void close() {
		CompiledProgram compiled = this.program;
		if (compiled != null) {
			this.program = null;
			compiled.close();
			this.device.close();
		}
	}

}
