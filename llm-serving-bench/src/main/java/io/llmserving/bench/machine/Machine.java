package io.llmserving.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * The machine that results come from.
 *
 * @param cpu its model, with family, model number and stepping where Linux tells them
 * @param cores processors that this process may use
 * @param memoryBytes of the whole machine, 0 if unknown
 * @param peaks what it can do at best, null if that was not probed
 */
public record Machine(String cpu, int cores, long memoryBytes, String system, String java, @Nullable Peaks peaks) {

	/**
	 * Describes the machine, without its peaks.
	 */
	public static Machine describe() {
		String cpuInfo = read("/proc/cpuinfo");
		String name = field(cpuInfo, "model name");
		String cpu = name.isEmpty() ? System.getProperty("os.arch") : "%s (family %s, model %s, stepping %s)"
			.formatted(name, field(cpuInfo, "cpu family"), field(cpuInfo, "model"), field(cpuInfo, "stepping"));
		String memory = field(read("/proc/meminfo"), "MemTotal").replace(" kB", "");
		return new Machine(cpu, Runtime.getRuntime().availableProcessors(),
				memory.isEmpty() ? 0 : Long.parseLong(memory) * 1024,
				System.getProperty("os.name") + " " + System.getProperty("os.version"), Runtime.version().toString(),
				null);
	}

	/**
	 * Describes the machine and probes its peaks, with a thread on each core.
	 * @param seconds time for each of the probe's figures
	 */
	public static Machine probe(double seconds) throws IOException, InterruptedException {
		Machine machine = describe();
		return new Machine(machine.cpu, machine.cores, machine.memoryBytes, machine.system, machine.java,
				PeaksProbe.measure(machine.cores, seconds));
	}

	/**
	 * Probes what reads from memory give now, with a thread on each core.
	 * @return 10^9 bytes per second, null where there is no probe for this platform
	 */
	public static @Nullable Double probeReads(double seconds) throws IOException, InterruptedException {
		return PeaksProbe.measureReads(Runtime.getRuntime().availableProcessors(), seconds);
	}

	/**
	 * Returns a line for people.
	 */
	public String text() {
		String facts = String.format(Locale.ROOT, "%s, %d cores, %.1f GB, %s, Java %s", this.cpu, this.cores,
				this.memoryBytes / 1e9, this.system, this.java);
		return (this.peaks == null) ? facts
				: facts + String.format(Locale.ROOT,
						"%nwith %d threads: int8 %.0f GOPS, bf16 %.0f GFLOPS, f32 %.0f GFLOPS, reads %.1f GB/s",
						this.peaks.threads(), this.peaks.int8Gops(), this.peaks.bf16Gflops(), this.peaks.f32Gflops(),
						this.peaks.readGbs());
	}

	/** Returns the first value of a "name : value" line, empty if there is none. */
	static String field(String lines, String name) {
		return lines.lines()
			.map((line) -> line.split("\\s*:\\s*", 2))
			.filter((parts) -> parts.length == 2 && parts[0].strip().equals(name))
			.map((parts) -> parts[1].strip())
			.findFirst()
			.orElse("");
	}

	private static String read(String file) {
		try {
			return Files.readString(Path.of(file));
		}
		catch (IOException ex) {
			return "";
		}
	}

}
