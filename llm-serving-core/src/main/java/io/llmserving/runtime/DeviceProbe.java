package io.llmserving.runtime;

import java.nio.file.Path;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whether a kind of device can be used on this machine.
 *
 * @param usable whether it can
 * @param reason if not, why not
 * @param remedy if not, what to do
 */
public record DeviceProbe(boolean usable, String reason, String remedy) {

	/**
	 * Looks for a device.
	 * @param extractDirectory where its library is extracted to
	 */
	public static DeviceProbe of(DeviceKind kind, Path extractDirectory) {
		if (!NativeLibraryFile.present(kind)) {
			return new DeviceProbe(false, "there is no native library for it on the class path",
					"Add %s to the application's dependencies.".formatted(kind.artifact()));
		}
		try {
			NativeKernels kernels = LoadedLibraries.SHARED.get(kind, extractDirectory);
			JsonNode facts = JsonMapper.shared().readTree(kernels.probeDevice());
			return new DeviceProbe(facts.path("usable").asBoolean(), facts.path("reason").asString(""),
					facts.path("remedy").asString(""));
		}
		catch (NativeLibraryException ex) {
			return new DeviceProbe(false, String.valueOf(ex.getMessage()), ex.remedy());
		}
	}

}
