package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.catalog.FileServer.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several JVMs over one cache directory.
 */
class ProcessConcurrencyTests {

	private static final byte[] CONTENT = Fixture.bytes(300_000, 3);

	@TempDir
	Path directory;

	@Test
	void twoProcessesDownloadOnce() throws Exception {
		try (FileServer server = new FileServer().file("/m.gguf", CONTENT, "\"v1\"")) {
			CountDownLatch hold = new CountDownLatch(1);
			server.fail(Fault.holdAfter(1000, hold));
			String source = server.address() + "/m.gguf";
			Process first = start(source, "first.log");
			Process second = start(source, "second.log");
			Awaitility.await()
				.atMost(Duration.ofSeconds(60))
				.until(() -> read("first.log").contains("Waiting for") || read("second.log").contains("Waiting for"));
			hold.countDown();
			for (Process process : List.of(first, second)) {
				assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
				assertThat(process.exitValue()).as(read("first.log") + read("second.log")).isZero();
			}
			assertThat(server.asked).hasSize(1);
			assertThat(Fixture.sources(this.directory.resolve("cache")).present(source)).hasBinaryContent(CONTENT);
			assertThat(read("first.log")).contains("RESOLVED");
			assertThat(read("second.log")).contains("RESOLVED");
		}
	}

	@Test
	void aKilledProcessLeavesNoLockAndItsBytesAreUsed() throws Exception {
		try (FileServer server = new FileServer().file("/m.gguf", CONTENT, "\"v1\"")) {
			server.fail(Fault.holdAfter(200_000, new CountDownLatch(1)));
			String source = server.address() + "/m.gguf";
			Process process = start(source, "killed.log");
			Path partial = this.directory.resolve("cache/models/partial");
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> size(partial) >= 200_000);
			process.destroyForcibly().waitFor();
			assertThat(Fixture.sources(this.directory.resolve("cache")).resolve(source, Fixture.IGNORED))
				.hasBinaryContent(CONTENT);
			assertThat(server.asked.get(1).range()).isEqualTo("bytes=200000-");
		}
	}

	private Process start(String source, String log) throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-cp",
				System.getProperty("java.class.path"), ResolveProcess.class.getName(),
				this.directory.resolve("cache").toString(), source)
			.redirectErrorStream(true)
			.redirectOutput(this.directory.resolve(log).toFile())
			.start();
	}

	private String read(String log) throws IOException {
		return Files.readString(this.directory.resolve(log));
	}

	private static long size(Path partial) throws IOException {
		if (!Files.exists(partial)) {
			return 0;
		}
		try (Stream<Path> files = Files.walk(partial)) {
			return files.filter((file) -> file.endsWith("content")).mapToLong((file) -> file.toFile().length()).sum();
		}
	}

}
