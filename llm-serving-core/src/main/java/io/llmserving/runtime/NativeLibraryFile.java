package io.llmserving.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Finds the library for this machine and brings it from the jar to the disk: into a
 * directory of the user's own, under a name that carries its checksum, by an atomic move,
 * so that several processes may do it at once.
 */
final class NativeLibraryFile {

	private NativeLibraryFile() {
	}

	/**
	 * Returns the operating system and architecture as the jar names them.
	 */
	static String platform() {
		String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
		String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
		String machine = switch (arch) {
			case "amd64" -> "x86_64";
			case "arm64" -> "aarch64";
			default -> arch;
		};
		return os + "-" + machine;
	}

	/**
	 * Returns whether the class path has a library for a kind of device on this machine.
	 */
	static boolean present(DeviceKind kind) {
		return NativeLibraryFile.class.getResource(resource(kind)) != null;
	}

	private static String resource(DeviceKind kind) {
		return "/native/" + platform() + "/" + kind.library();
	}

	static Path extract(DeviceKind kind, Path directory) {
		String resource = resource(kind);
		try (InputStream stream = NativeLibraryFile.class.getResourceAsStream(resource)) {
			if (stream == null) {
				throw new NativeLibraryException("There is no native library for %s on %s".formatted(kind, platform()),
						(kind == DeviceKind.CPU)
								? "Linux with glibc on x86_64 or aarch64 is supported. On other systems build native/ and set llm.serving.native.library-path."
								: "Add %s to the application's dependencies.".formatted(kind.artifact()));
			}
			return write(directory, kind.library(), stream.readAllBytes());
		}
		catch (IOException ex) {
			throw new NativeLibraryException(
					"The native library cannot be extracted to %s: %s".formatted(directory, ex.getMessage()),
					"Set llm.serving.native.extract-directory to a writable directory on a file system that allows execution.",
					ex);
		}
	}

	private static Path write(Path directory, String name, byte[] library) throws IOException {
		Files.createDirectories(directory);
		Path target = directory.resolve(name.replace(".so", "-" + checksum(library) + ".so"));
		if (Files.exists(target) && Files.size(target) == library.length) {
			return target;
		}
		Path temporary = Files.createTempFile(directory, "extract", ".so",
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		try {
			Files.write(temporary, library);
			move(temporary, target);
		}
		finally {
			Files.deleteIfExists(temporary);
		}
		return target;
	}

	private static void move(Path source, Path target) throws IOException {
		try {
			Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (AtomicMoveNotSupportedException ex) {
			Files.move(source, target, StandardCopyOption.REPLACE_EXISTING);
		}
	}

	/** Tells builds apart; a digest takes long in a JVM that has just started. */
	private static String checksum(byte[] bytes) {
		CRC32 checksum = new CRC32();
		checksum.update(bytes);
		return "%x-%08x".formatted(bytes.length, checksum.getValue());
	}

}
