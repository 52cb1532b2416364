package io.llmserving.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a process of Linux uses at a moment: resident memory and each thread's CPU time so
 * far.
 *
 * @param residentBytes memory in RAM
 * @param residentAnonymousBytes that of it which no file backs
 * @param cpuSeconds of all threads, ended ones included
 * @param threadSeconds of living threads, by their names with numbers left out
 */
public record ProcessUse(long residentBytes, long residentAnonymousBytes, double cpuSeconds,
		Map<String, Double> threadSeconds) {

	/** Ticks per second of the times in /proc: sysconf(_SC_CLK_TCK), 100 on Linux. */
	private static final double TICKS = 100;

	/**
	 * Reads a process.
	 */
	public static ProcessUse of(long pid) throws IOException {
		return read(Path.of("/proc", Long.toString(pid)));
	}

	static ProcessUse read(Path process) throws IOException {
		String status = Files.readString(process.resolve("status"));
		Map<String, Double> threads = new TreeMap<>();
		try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
			for (Path task : tasks.toList()) {
				addThread(task, threads);
			}
		}
		return new ProcessUse(kilobytes(status, "VmRSS"), kilobytes(status, "RssAnon"),
				seconds(Files.readString(process.resolve("stat"))), threads);
	}

	private static void addThread(Path task, Map<String, Double> threads) {
		try {
			String stat = Files.readString(task.resolve("stat"));
			threads.merge(group(name(stat)), seconds(stat), Double::sum);
		}
		catch (IOException ex) {
			// The thread ended in the meantime: no such file, or no such process.
		}
	}

	/**
	 * Returns what was used since an earlier moment: memory as it is now, times as
	 * differences.
	 */
	public ProcessUse since(ProcessUse earlier) {
		Map<String, Double> threads = new TreeMap<>();
		this.threadSeconds.forEach((name, seconds) -> threads.put(name,
				Math.max(0, seconds - earlier.threadSeconds.getOrDefault(name, 0.0))));
		return new ProcessUse(this.residentBytes, this.residentAnonymousBytes, this.cpuSeconds - earlier.cpuSeconds,
				threads);
	}

	/**
	 * Returns CPU seconds of threads that do not compute steps: all but the engine's
	 * thread and the native team.
	 */
	public double outsideTeam() {
		double team = this.threadSeconds.entrySet()
			.stream()
			.filter((thread) -> team(thread.getKey()))
			.mapToDouble(Map.Entry::getValue)
			.sum();
		return Math.max(0, this.cpuSeconds - team);
	}

	private static boolean team(String name) {
		return name.startsWith("llm-team") || name.startsWith("llm-engine");
	}

	/** The name stands in parentheses and may hold any character, these included. */
	private static String name(String stat) {
		return stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
	}

	private static String group(String name) {
		return name.replaceAll("[-#]?\\d+$", "");
	}

	/** Fields 14 and 15, counted from 1: time in user and in kernel mode. */
	private static double seconds(String stat) {
		String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
		return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
	}

	private static long kilobytes(String status, String name) {
		String value = Machine.field(status, name).replace(" kB", "");
		return value.isEmpty() ? 0 : Long.parseLong(value) * 1024;
	}

}
