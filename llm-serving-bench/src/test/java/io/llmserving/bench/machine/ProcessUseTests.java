package io.llmserving.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link ProcessUse} and {@link Machine}.
 */
class ProcessUseTests {

	@TempDir
	private Path process;

	@BeforeEach
	void write() throws IOException {
		Files.writeString(this.process.resolve("status"), "Name:\tjava\nVmRSS:\t    2048 kB\nRssAnon:\t    1024 kB\n");
		Files.writeString(this.process.resolve("stat"), stat("java", 500, 250));
		thread("1", "llm-team-1", 100, 50);
		thread("2", "llm-engine-tiny", 200, 0);
		thread("3", "reactor-http-epoll-1", 30, 20);
		thread("4", "reactor-http-epoll-2", 10, 0);
		thread("5", "odd) name (x", 5, 5);
	}

	@Test
	void timesAreOfUserAndKernelInSecondsByThreadName() throws IOException {
		ProcessUse use = ProcessUse.read(this.process);
		assertThat(use.residentBytes()).isEqualTo(2048 * 1024);
		assertThat(use.residentAnonymousBytes()).isEqualTo(1024 * 1024);
		assertThat(use.cpuSeconds()).isEqualTo(7.5);
		assertThat(use.threadSeconds())
			.isEqualTo(Map.of("llm-team", 1.5, "llm-engine-tiny", 2.0, "reactor-http-epoll", 0.6, "odd) name (x", 0.1));
		assertThat(use.outsideTeam()).isEqualTo(4, within(1e-9));
	}

	@Test
	void differencesAreOfTimesOnly() throws IOException {
		ProcessUse before = ProcessUse.read(this.process);
		Files.writeString(this.process.resolve("stat"), stat("java", 600, 250));
		thread("1", "llm-team-1", 180, 50);
		ProcessUse use = ProcessUse.read(this.process).since(before);
		assertThat(use.residentBytes()).isEqualTo(2048 * 1024);
		assertThat(use.cpuSeconds()).isEqualTo(1, within(1e-9));
		assertThat(use.threadSeconds().get("llm-team")).isEqualTo(0.8, within(1e-9));
		assertThat(use.outsideTeam()).isEqualTo(0.2, within(1e-9));
	}

	@Test
	void thisProcessIsReadableWhereLinuxTells() throws IOException {
		ProcessUse use = ProcessUse.of(ProcessHandle.current().pid());
		assertThat(use.residentBytes()).isPositive();
		assertThat(use.threadSeconds()).isNotEmpty();
	}

	@Test
	void theMachineHasACpuAndCores() {
		Machine machine = Machine.describe();
		assertThat(machine.cpu()).isNotBlank();
		assertThat(machine.cores()).isPositive();
		assertThat(machine.text()).contains(machine.cpu());
		assertThat(Machine.field("a : 1\nb\t: 2 : 3\n", "b")).isEqualTo("2 : 3");
	}

	@Test
	void theProbeFindsPositivePeaks() throws Exception {
		Peaks peaks = PeaksProbe.measure(1, 0.01);
		assertThat(peaks).isNotNull();
		assertThat(peaks.threads()).isEqualTo(1);
		assertThat(peaks.readGbs()).isPositive();
	}

	private void thread(String id, String name, int user, int kernel) throws IOException {
		Path task = Files.createDirectories(this.process.resolve("task").resolve(id));
		Files.writeString(task.resolve("stat"), stat(name, user, kernel));
	}

	/** As proc_pid_stat(5) has it: pid (comm) state ppid … utime stime … */
	private static String stat(String name, int user, int kernel) {
		return "17 (%s) S 1 17 17 0 -1 4194560 100 0 0 0 %d %d 0 0 20 0 30 0 1000 1 1\n".formatted(name, user, kernel);
	}

}
