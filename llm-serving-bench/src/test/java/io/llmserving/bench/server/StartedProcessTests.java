package io.llmserving.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.llmserving.bench.Bench;
import io.llmserving.bench.load.ScriptedServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StartedProcess}.
 */
@Timeout(120)
class StartedProcessTests {

	@TempDir
	private Path folder;

	@Test
	void whatItStartedItselfIsStoppedToo() throws Exception {
		Path child = this.folder.resolve("child");
		StartedProcess started = StartedProcess
			.start(new ProcessBuilder("bash", "-c", "sleep 600 & echo $! > '%s'; echo; wait".formatted(child)));
		assertThat(started.process().getInputStream().read()).isEqualTo('\n');
		ProcessHandle sleep = process(child);
		assertThat(sleep.isAlive()).isTrue();
		started.close();
		assertThat(started.process().isAlive()).isFalse();
		sleep.onExit().get(30, TimeUnit.SECONDS);
	}

	@Test
	void whatHasEndedCanBeClosed() throws Exception {
		StartedProcess started = StartedProcess.start(new ProcessBuilder("true"));
		assertThat(started.process().waitFor()).isZero();
		started.close();
		started.close();
	}

	@Test
	void aSignalThatEndsABenchmarkStopsItsServer() throws Exception {
		Path pid = this.folder.resolve("pid");
		CountDownLatch measuring = new CountDownLatch(1);
		CountDownLatch over = new CountDownLatch(1);
		try (ScriptedServer server = new ScriptedServer()) {
			server.answer((exchange, body) -> {
				if (!Files.exists(pid)) {
					ScriptedServer.refuse(exchange, 503, "starting");
				}
				else if ("Hello".equals(body.path("prompt").asString())) {
					ScriptedServer.stream(exchange, ScriptedServer.token("a"), ScriptedServer.DONE);
				}
				else {
					measuring.countDown();
					await(over);
				}
			});
			Process benchmark = benchmark("load", "--no-probe", "--url", server.target().base().toString(), "--start",
					"echo $$ > '%s.new'; mv '%s.new' '%s'; exec sleep 600".formatted(pid, pid, pid));
			try {
				assertThat(measuring.await(90, TimeUnit.SECONDS)).isTrue();
				ProcessHandle started = process(pid);
				assertThat(started.isAlive()).isTrue();
				benchmark.destroy();
				started.onExit().get(30, TimeUnit.SECONDS);
				assertThat(benchmark.waitFor(30, TimeUnit.SECONDS)).isTrue();
			}
			finally {
				over.countDown();
				benchmark.destroyForcibly();
				if (Files.exists(pid)) {
					ProcessHandle.of(id(pid)).ifPresent(ProcessHandle::destroyForcibly);
				}
			}
		}
	}

	private Process benchmark(String... arguments) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-cp", System.getProperty("java.class.path"), Bench.class.getName());
		builder.command().addAll(List.of(arguments));
		return builder.redirectErrorStream(true).redirectOutput(this.folder.resolve("output").toFile()).start();
	}

	private static ProcessHandle process(Path pid) throws IOException {
		return ProcessHandle.of(id(pid)).orElseThrow();
	}

	private static long id(Path pid) throws IOException {
		return Long.parseLong(Files.readString(pid).strip());
	}

	private static void await(CountDownLatch latch) throws IOException {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

}
