package io.llmserving.bench.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the native probe of the machine's peaks that the jar carries.
 */
final class PeaksProbe {

	private PeaksProbe() {
	}

	/**
	 * Probes with all threads at once.
	 * @param seconds time for each figure
	 * @return null where there is no probe for this platform
	 */
	static @Nullable Peaks measure(int threads, double seconds) throws IOException, InterruptedException {
		String output = run(Integer.toString(threads), Double.toString(seconds));
		return (output == null) ? null : JsonMapper.shared().readValue(output, Peaks.class);
	}

	/**
	 * Probes what reads from memory give now, in 10^9 bytes per second.
	 * @return null where there is no probe for this platform
	 */
	static @Nullable Double measureReads(int threads, double seconds) throws IOException, InterruptedException {
		String output = run(Integer.toString(threads), Double.toString(seconds), "reads");
		return (output == null) ? null : JsonMapper.shared().readValue(output, Reads.class).readGbs();
	}

	private static @Nullable String run(String... arguments) throws IOException, InterruptedException {
		String resource = "/native/" + platform() + "/llmserving_peaks";
		try (InputStream program = PeaksProbe.class.getResourceAsStream(resource)) {
			if (program == null) {
				return null;
			}
			Path file = Files.createTempFile("llmserving_peaks", "",
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
			try {
				Files.write(file, program.readAllBytes());
				return output(Stream.concat(Stream.of(file.toString()), Stream.of(arguments)).toList());
			}
			finally {
				Files.deleteIfExists(file);
			}
		}
	}

	private static String output(List<String> command) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (process.waitFor() != 0) {
			throw new IOException(
					"The probe of the machine's peaks ended with %d: %s".formatted(process.exitValue(), output));
		}
		return output;
	}

	private static String platform() {
		String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
		return System.getProperty("os.name").toLowerCase(Locale.ROOT) + "-" + ("amd64".equals(arch) ? "x86_64" : arch);
	}

	private record Reads(double readGbs) {
	}

}
