package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.catalog.FileServer.Asked;
import io.llmserving.catalog.FileServer.Fault;
import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Downloads from a web server that behaves well or badly.
 */
class HttpSourceTests {

	private static final byte[] CONTENT = Fixture.bytes(100_000, 1);

	private static final byte[] OTHER = Fixture.bytes(100_000, 2);

	@TempDir
	Path cache;

	FileServer server;

	String source;

	@BeforeEach
	void serve() throws IOException {
		this.server = new FileServer().file("/models/m.gguf", CONTENT, "\"v1\"");
		this.source = this.server.address() + "/models/m.gguf";
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@Test
	void fetchesOnceAndThenUsesTheCache() throws Exception {
		ModelSources sources = Fixture.sources(this.cache);
		assertThat(sources.present(this.source)).isNull();
		Path model = sources.resolve(this.source, Fixture.IGNORED);
		assertThat(model).hasBinaryContent(CONTENT).hasFileName("m.gguf").startsWith(this.cache);
		assertThat(sources.present(this.source)).isEqualTo(model);
		assertThat(sources.resolve(this.source, Fixture.IGNORED)).isEqualTo(model);
		assertThat(this.server.asked).hasSize(1);
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void reportsProgressUpToTheTotal() throws Exception {
		List<Long> done = new ArrayList<>();
		Fixture.sources(this.cache).resolve(this.source, (what, bytes, total) -> {
			assertThat(what).endsWith("/models/m.gguf");
			assertThat(total).isEqualTo(CONTENT.length);
			done.add(bytes);
		});
		assertThat(done).isSorted().startsWith(0L).endsWith((long) CONTENT.length);
	}

	@ParameterizedTest(name = "after {0} bytes")
	@ValueSource(ints = { 0, 1, 2, 8191, 8192, 8193, 16_384, 65_535, 65_536, 65_537, 99_998, 99_999 })
	void goesOnWhereTheConnectionBroke(int bytes) throws Exception {
		this.server.fail(Fault.breakAfter(bytes));
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked).hasSize(2);
		Asked second = this.server.asked.get(1);
		assertThat(second.range()).isEqualTo((bytes == 0) ? null : "bytes=%d-".formatted(bytes));
		assertThat(second.ifRange()).isEqualTo((bytes == 0) ? null : "\"v1\"");
	}

	@Test
	void goesOnWhereAnEarlierProcessStopped() throws Exception {
		this.server.fail(Fault.breakAfter(40_000));
		assertThatThrownBy(
				() -> Fixture.sources(this.cache, Fixture.ONE_ATTEMPT, Map.of()).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("gave up at 40,000 bytes")
			.hasMessageContaining("the next start goes on from there");
		assertThat(Fixture.sources(this.cache).present(this.source)).isNull();
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked.get(1).range()).isEqualTo("bytes=40000-");
	}

	@Test
	void startsOverWhenTheEntityTagChanged() throws Exception {
		this.server.fail(Fault.breakAfter(40_000));
		assertThatThrownBy(
				() -> Fixture.sources(this.cache, Fixture.ONE_ATTEMPT, Map.of()).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class);
		this.server.file("/models/m.gguf", OTHER, "\"v2\"");
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(OTHER);
		assertThat(this.server.asked).hasSize(2);
	}

	@Test
	void startsOverWhenTheServerIgnoresTheCondition() throws Exception {
		this.server.fail(Fault.breakAfter(40_000));
		assertThatThrownBy(
				() -> Fixture.sources(this.cache, Fixture.ONE_ATTEMPT, Map.of()).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class);
		this.server.ignoresConditions = true;
		this.server.file("/models/m.gguf", OTHER, "\"v2\"");
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(OTHER);
		assertThat(this.server.asked).hasSize(3);
	}

	@Test
	void startsOverWhenARangeStartsElsewhere() throws Exception {
		this.server.rangeShift = -10;
		this.server.fail(Fault.breakAfter(40_000));
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked).hasSize(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "W/\"v1\"" })
	void startsOverWithoutAStrongEntityTag(String tag) throws Exception {
		this.server.file("/models/m.gguf", CONTENT, tag.isEmpty() ? null : tag);
		this.server.fail(Fault.breakAfter(40_000));
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked).hasSize(2).allMatch((asked) -> asked.range() == null);
	}

	@Test
	void goesOnWithoutAnEntityTagWhereAChecksumWillTell() throws Exception {
		this.server.file("/models/m.gguf", CONTENT, null);
		this.server.fail(Fault.breakAfter(40_000));
		String pinned = this.source + "#sha256=" + Fixture.sha256(CONTENT);
		assertThat(Fixture.sources(this.cache).resolve(pinned, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked.get(1).range()).isEqualTo("bytes=40000-");
	}

	@Test
	void startsOverWhenWhatAnEarlierProcessLeftIsDamaged() throws Exception {
		String pinned = this.source + "#sha256=" + Fixture.sha256(CONTENT);
		this.server.fail(Fault.breakAfter(40_000));
		assertThatThrownBy(
				() -> Fixture.sources(this.cache, Fixture.ONE_ATTEMPT, Map.of()).resolve(pinned, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class);
		Path part = leftovers().stream().filter((file) -> file.endsWith("content")).findFirst().orElseThrow();
		byte[] damaged = Files.readAllBytes(part);
		damaged[20_000] ^= 1;
		Files.write(part, damaged);
		assertThat(Fixture.sources(this.cache).resolve(pinned, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked).hasSize(3);
	}

	@Test
	void removesWhatHasTheWrongChecksum() throws Exception {
		String pinned = this.source + "#sha256=" + Fixture.sha256(OTHER);
		ModelSources sources = Fixture.sources(this.cache);
		assertThatThrownBy(() -> sources.resolve(pinned, Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining(Fixture.sha256(OTHER))
			.hasMessageContaining(Fixture.sha256(CONTENT));
		assertThat(sources.present(pinned)).isNull();
		assertThat(leftovers()).noneMatch((file) -> file.endsWith("content"));
	}

	@Test
	void aPinIsNotSatisfiedByAnUnpinnedDownload() throws Exception {
		ModelSources sources = Fixture.sources(this.cache);
		sources.resolve(this.source, Fixture.IGNORED);
		assertThat(sources.present(this.source + "#sha256=" + Fixture.sha256(OTHER))).isNull();
	}

	@ParameterizedTest
	@ValueSource(ints = { 408, 429, 500, 502, 503, 504 })
	void triesAgainWhenTheServerIsBusy(int status) throws Exception {
		this.server.fail(Fault.status(status), Fault.status(status));
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked).hasSize(3);
	}

	@Test
	void givesUpAfterAttemptsThatBringNothing() {
		this.server.fail(Fault.status(503), Fault.status(503), Fault.status(503), Fault.status(503));
		assertThatThrownBy(() -> Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("after 4 attempts")
			.hasMessageContaining("503");
		assertThat(this.server.asked).hasSize(4);
	}

	@ParameterizedTest
	@CsvSource({ "401, login", "403, login", "404, no such file", "410, no such file", "400, 400" })
	void explainsARefusalAtOnce(int status, String text) {
		this.server.answer("/models/m.gguf", status, new byte[0], Map.of());
		assertThatThrownBy(() -> Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("the server answered " + status)
			.hasMessageContaining(text);
		assertThat(this.server.asked).hasSize(1);
	}

	@Test
	void refusesAWebPage() {
		this.server.answer("/models/m.gguf", 200, "<html>".getBytes(), Map.of("Content-Type", "text/html; charset=x"));
		assertThatThrownBy(() -> Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("is a web page");
	}

	@Test
	void refusesAFileThatCannotFitOnTheDisk() {
		this.server.fail(Fault.declare(1L << 60));
		assertThatThrownBy(() -> Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("needs 1,152,921,504,606,846,976 more bytes")
			.hasMessageContaining("llm.serving.cache-directory");
	}

	@Test
	void followsRedirects() throws Exception {
		this.server.redirect("/a", "/b", Map.of()).redirect("/b", this.source, Map.of());
		assertThat(Fixture.sources(this.cache).resolve(this.server.address() + "/a", Fixture.IGNORED))
			.hasBinaryContent(CONTENT);
	}

	@Test
	void refusesARedirectThatNeverEnds() {
		this.server.redirect("/a", "/a", Map.of());
		assertThatThrownBy(() -> Fixture.sources(this.cache).resolve(this.server.address() + "/a", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("more than 10 times");
	}

	@Test
	void noticesAConnectionThatFallsSilent() throws Exception {
		CountDownLatch never = new CountDownLatch(1);
		this.server.fail(Fault.holdAfter(40_000, never));
		Patience patience = new Patience(Duration.ofSeconds(5), Duration.ofMillis(300), 4, Duration.ofMillis(1));
		assertThat(Fixture.sources(this.cache, patience, Map.of()).resolve(this.source, Fixture.IGNORED))
			.hasBinaryContent(CONTENT);
		assertThat(this.server.asked.get(1).range()).isEqualTo("bytes=40000-");
	}

	@Test
	void anInterruptStopsItAndKeepsWhatCame() throws Exception {
		CountDownLatch never = new CountDownLatch(1);
		this.server.fail(Fault.holdAfter(40_000, never));
		CountDownLatch came = new CountDownLatch(1);
		AtomicReference<Throwable> outcome = new AtomicReference<>();
		Thread thread = Thread.ofPlatform().start(() -> {
			try {
				Fixture.sources(this.cache).resolve(this.source, (_, done, _) -> {
					if (done == 40_000) {
						came.countDown();
					}
				});
			}
			catch (IOException | InterruptedException ex) {
				outcome.set(ex);
			}
		});
		came.await();
		thread.interrupt();
		assertThat(thread.join(Duration.ofSeconds(5))).isTrue();
		assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
		assertThat(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED)).hasBinaryContent(CONTENT);
		assertThat(this.server.asked.get(1).range()).isEqualTo("bytes=40000-");
	}

	@Test
	void twoThreadsDownloadOnce() throws Exception {
		CountDownLatch hold = new CountDownLatch(1);
		this.server.fail(Fault.holdAfter(10, hold));
		List<Path> models = Collections.synchronizedList(new ArrayList<>());
		List<Thread> threads = Stream.generate(() -> Thread.ofPlatform().unstarted(() -> {
			try {
				models.add(Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED));
			}
			catch (IOException | InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		})).limit(2).toList();
		threads.getFirst().start();
		Awaitility.await().until(() -> this.server.asked.size() == 1);
		threads.getLast().start();
		// The loser polls the lock.
		Awaitility.await().until(() -> threads.getLast().getState() == Thread.State.TIMED_WAITING);
		hold.countDown();
		for (Thread thread : threads) {
			assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
		}
		assertThat(models).hasSize(2).allSatisfy((model) -> assertThat(model).hasBinaryContent(CONTENT));
		assertThat(this.server.asked).hasSize(1);
	}

	@Test
	void offlineItTakesTheCacheOrSaysWhatIsMissing() throws Exception {
		assertThatThrownBy(() -> Fixture.offline(this.cache, Map.of()).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("is not in the cache")
			.hasMessageContaining("llm.serving.offline is on");
		assertThat(this.server.asked).isEmpty();
		Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED);
		assertThat(Fixture.offline(this.cache, Map.of()).resolve(this.source, Fixture.IGNORED))
			.hasBinaryContent(CONTENT);
	}

	@Test
	void saysThatNobodyListens() {
		this.server.close();
		assertThatThrownBy(() -> Fixture.sources(this.cache).resolve(this.source, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("Cannot connect to %s (connection refused)".formatted(this.server.address()))
			.hasMessageContaining("proxy");
	}

	@ParameterizedTest
	@ValueSource(strings = { "https:", "https:host/m.gguf", "https://", "https://h/a b", "https://user:secret@h/m.gguf",
			"http://example.com/m.gguf", "https://h/m.gguf#frag", "https://h/m.gguf#sha256=12" })
	void refusesMalformedAddressesBeforeAnyRequest(String malformed) {
		assertThatThrownBy(() -> Fixture.sources(this.cache).validate(malformed))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageNotContaining("secret");
	}

	@Test
	void keepsTheQueryOutOfNamesAndErrors() {
		String signed = this.server.address() + "/gone.gguf?signature=secret";
		assertThatThrownBy(() -> Fixture.sources(this.cache).resolve(signed, Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageNotContaining("secret");
		assertThat(this.server.asked.getFirst().query()).isEqualTo("signature=secret");
	}

	private List<Path> leftovers() throws IOException {
		Path partial = this.cache.resolve("models/partial");
		if (!Files.exists(partial)) {
			return List.of();
		}
		try (Stream<Path> files = Files.walk(partial)) {
			return files.filter(Files::isRegularFile).toList();
		}
	}

}
