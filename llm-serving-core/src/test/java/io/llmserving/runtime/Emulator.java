package io.llmserving.runtime;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Path;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The GPU's kernels and host code on the processor, for tests: the Maven profile
 * {@code emulator} builds the library and names it.
 */
public final class Emulator {

	private static final String LIBRARY = "llm.serving.test.emulator";

	private Emulator() {
	}

	/**
	 * Marks tests that need the library.
	 */
	@Target(ElementType.TYPE)
	@Retention(RetentionPolicy.RUNTIME)
	@EnabledIfSystemProperty(named = LIBRARY, matches = ".+",
			disabledReason = "the Maven profile 'emulator' is not active")
	public @interface Needed {

	}

	/**
	 * Opens a device of its own.
	 */
	public static Device open(Path directory, boolean deterministic) {
		return Device.create(new DeviceRequest(DeviceKind.EMULATOR, Path.of(System.getProperty(LIBRARY)), directory, 2,
				0, deterministic), Device.Isa.AUTO);
	}

}
