package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

import io.llmserving.catalog.FileServer.Fault;
import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Models of a Hub that is imitated on the loopback interface.
 */
class HubSourceTests {

	private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

	private static final String LATER = "fedcba9876543210fedcba9876543210fedcba98";

	private static final byte[] WEIGHTS = Fixture.bytes(50_000, 4);

	private static final byte[] GGUF = Fixture.bytes(30_000, 5);

	@TempDir
	Path cache;

	HubImitation hub;

	@BeforeEach
	void publish() throws IOException {
		this.hub = new HubImitation().small("README.md", "# Tiny")
			.small("config.json", "{}")
			.small("generation_config.json", "{\"a\":1}")
			.small("tokenizer.json", "{\"b\":2}")
			.small("tokenizer_config.json", "{\"c\":3}")
			.small("chat_template.jinja", "{{ messages }}")
			.small("additional_chat_templates/tool_use.jinja", "{{ tools }}")
			.large("model.safetensors", WEIGHTS)
			.large("consolidated.safetensors", WEIGHTS)
			.large("pytorch_model.bin", WEIGHTS)
			.large("onnx/model.safetensors", WEIGHTS)
			.large("gguf/tiny q4.gguf", GGUF)
			.publish("main", COMMIT);
	}

	@AfterEach
	void stop() {
		this.hub.close();
	}

	@Test
	void aDirectoryHasWhatAModelIsMadeOfAndNothingElse() throws Exception {
		Path model = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		assertThat(files(model)).containsExactly("additional_chat_templates/tool_use.jinja", "chat_template.jinja",
				"config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
				"tokenizer_config.json");
		assertThat(model.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
		assertThat(model.resolve("tokenizer.json")).hasContent("{\"b\":2}");
		assertThat(files(this.cache.resolve("models/partial"))).isEmpty();
	}

	@Test
	void shardsAreThoseThatTheIndexNames() throws Exception {
		byte[] one = Fixture.bytes(20_000, 6);
		byte[] two = Fixture.bytes(10_000, 7);
		this.hub.small("model.safetensors.index.json", """
				{"weight_map": {"a": "s-1.safetensors", "b": "s-2.safetensors", "c": "s-1.safetensors"}}""")
			.large("s-1.safetensors", one)
			.large("s-2.safetensors", two)
			.publish("main", LATER);
		List<Long> done = new ArrayList<>();
		Path model = online().resolve("hf:acme/tiny@main", (what, bytes, total) -> {
			if (what.endsWith(".safetensors")) {
				assertThat(total).isEqualTo(30_000);
				done.add(bytes);
			}
		});
		assertThat(files(model).stream().filter((name) -> name.endsWith(".safetensors")))
			.containsExactly("s-1.safetensors", "s-2.safetensors");
		assertThat(model.resolve("s-2.safetensors")).hasBinaryContent(two);
		assertThat(done).isSorted().endsWith(30_000L);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"weight_map\": {\"a\": \"../../x.safetensors\"}}", "{\"weight_map\": {}}", "{", "7" })
	void anIndexThatNamesNoFilesOfTheRepositoryIsRefused(String index) {
		this.hub.small("model.safetensors.index.json", index).publish("main", LATER);
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("model.safetensors.index.json");
	}

	@Test
	void aSingleFileComesAlone() throws Exception {
		Path model = online().resolve("hf:acme/tiny@main/gguf/tiny q4.gguf", Fixture.IGNORED);
		assertThat(model).hasBinaryContent(GGUF).hasFileName("tiny q4.gguf");
		assertThat(online().present("hf:acme/tiny/gguf/tiny q4.gguf")).isEqualTo(model);
		assertThat(online().present("hf:acme/tiny")).isNull();
	}

	@Test
	void aSecondStartUsesTheCacheWithoutTheNetwork() throws Exception {
		Path model = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		int requests = this.hub.hub.asked.size() + this.hub.storage.asked.size();
		assertThat(online().present("hf:acme/tiny")).isEqualTo(model);
		assertThat(online().present("hf:acme/tiny@" + COMMIT)).isEqualTo(model);
		assertThat(online().resolve("hf:acme/tiny@" + COMMIT, Fixture.IGNORED)).isEqualTo(model);
		assertThat(this.hub.hub.asked.size() + this.hub.storage.asked.size()).isEqualTo(requests);
		assertThat(online().resolve("hf:acme/tiny", Fixture.IGNORED)).isEqualTo(model);
		assertThat(this.hub.hub.asked).hasSize(requests - this.hub.storage.asked.size() + 1);
	}

	@Test
	void aBranchThatMovedIsFetchedAnew() throws Exception {
		Path before = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		this.hub.small("config.json", "{\"new\":1}").publish("main", LATER);
		Path after = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		assertThat(after).isNotEqualTo(before);
		assertThat(after.resolve("config.json")).hasContent("{\"new\":1}");
		assertThat(before.resolve("config.json")).hasContent("{}");
		assertThat(online().present("hf:acme/tiny")).isEqualTo(after);
	}

	@Test
	void anUnreachableHubIsNoHindranceWhenTheCacheHasTheModel() throws Exception {
		Path model = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		this.hub.refuse("/api/models/acme/tiny/revision/main", 503, "");
		assertThat(online().resolve("hf:acme/tiny", Fixture.IGNORED)).isEqualTo(model);
		this.hub.hub.close();
		assertThat(online().resolve("hf:acme/tiny", Fixture.IGNORED)).isEqualTo(model);
		assertThatThrownBy(() -> online().resolve("hf:acme/other", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("Cannot connect");
	}

	@Test
	void aBusyHubIsAskedAgain() throws Exception {
		this.hub.hub.fail(Fault.status(503), Fault.status(429), Fault.breakAfter(10));
		assertThat(online().resolve("hf:acme/tiny", Fixture.IGNORED)).isDirectory();
	}

	@Test
	void aHubThatStaysBusyIsGivenUp() {
		this.hub.hub.fail(Fault.status(503), Fault.status(503), Fault.status(503), Fault.status(503));
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("the Hub answered 503");
	}

	@Test
	void aDirectoryWithAFileMissingIsNotPresent() throws Exception {
		Path model = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		Files.write(model.resolve("model.safetensors"), new byte[10]);
		assertThat(online().present("hf:acme/tiny")).isNull();
		assertThat(online().resolve("hf:acme/tiny", Fixture.IGNORED).resolve("model.safetensors"))
			.hasBinaryContent(WEIGHTS);
		Files.delete(model.resolve("tokenizer.json"));
		assertThat(online().present("hf:acme/tiny")).isNull();
	}

	@Test
	void aDirectoryInterruptedHalfWayGoesOnThere() throws Exception {
		this.hub.storage.fail(Fault.breakAfter(20_000));
		assertThatThrownBy(() -> Fixture.sources(this.cache, Fixture.ONE_ATTEMPT, this.hub.environment())
			.resolve("hf:acme/tiny", Fixture.IGNORED)).isInstanceOf(ModelSourceException.class);
		assertThat(online().present("hf:acme/tiny")).isNull();
		Path model = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		assertThat(model.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
		assertThat(this.hub.storage.asked.getLast().range()).isEqualTo("bytes=20000-");
		assertThat(this.hub.hub.asked(HubImitation.resolve(COMMIT, "config.json"))).hasSize(1);
	}

	@Test
	void twoThreadsFetchADirectoryOnce() throws Exception {
		CountDownLatch hold = new CountDownLatch(1);
		this.hub.storage.fail(Fault.holdAfter(10, hold));
		List<Path> models = Collections.synchronizedList(new ArrayList<>());
		List<Thread> threads = Stream.generate(() -> Thread.ofPlatform().unstarted(() -> {
			try {
				models.add(online().resolve("hf:acme/tiny", Fixture.IGNORED));
			}
			catch (IOException | InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		})).limit(2).toList();
		threads.getFirst().start();
		Awaitility.await().until(() -> this.hub.storage.asked.size() == 1);
		threads.getLast().start();
		String state = "/api/models/acme/tiny/revision/main";
		Awaitility.await().until(() -> this.hub.hub.asked(state).size() == 2);
		hold.countDown();
		for (Thread thread : threads) {
			assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
		}
		assertThat(models).hasSize(2).allSatisfy((model) -> assertThat(model).isEqualTo(models.getFirst()));
		assertThat(this.hub.storage.asked).hasSize(1);
		assertThat(this.hub.hub.asked(HubImitation.resolve(COMMIT, "config.json"))).hasSize(1);
	}

	@Test
	void aFileThatIsNotWhatTheHubPromisesIsRemoved() {
		byte[] altered = WEIGHTS.clone();
		altered[7] ^= 1;
		this.hub.storage.file("/stored/" + COMMIT + "/model.safetensors", altered, "\"x\"");
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining(Fixture.sha256(WEIGHTS));
	}

	@Test
	void aSmallFileIsHeldToItsGitBlob() {
		this.hub.hub.file(HubImitation.resolve(COMMIT, "config.json"), "[]".getBytes(), "\"x\"");
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("SHA-1 " + HubImitation.gitBlob("{}".getBytes()));
	}

	@Test
	void aFileOfAnotherSizeThanPromisedIsRefused() {
		this.hub.storage.file("/stored/" + COMMIT + "/model.safetensors", new byte[10], "\"x\"");
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("has 10 bytes on the server, but 50,000 are expected");
	}

	@Test
	void aBodyWithoutALengthThatEndsEarlyGoesOnThere() throws Exception {
		this.hub.storage.hidesLength = true;
		this.hub.storage.fail(Fault.breakAfter(20_000));
		assertThat(online().resolve("hf:acme/tiny", Fixture.IGNORED).resolve("model.safetensors"))
			.hasBinaryContent(WEIGHTS);
		assertThat(this.hub.storage.asked.getLast().range()).isEqualTo("bytes=20000-");
	}

	@Test
	void aBodyThatGoesOnBeyondThePromisedSizeIsCutOff() {
		this.hub.storage.hidesLength = true;
		this.hub.storage.file("/stored/" + COMMIT + "/model.safetensors", Fixture.bytes(60_000, 4), "\"x\"");
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("sends more than the 50,000 bytes");
	}

	@Test
	void aMirrorWithoutSizesAndChecksumsIsVerifiedByTheLinkedTag() throws Exception {
		this.hub.publish("main", LATER, false);
		assertThat(online().resolve("hf:acme/tiny", Fixture.IGNORED).resolve("model.safetensors"))
			.hasBinaryContent(WEIGHTS);
		this.hub.publish("main", COMMIT, false);
		byte[] altered = WEIGHTS.clone();
		altered[7] ^= 1;
		this.hub.storage.file("/stored/" + COMMIT + "/model.safetensors", altered, "\"x\"");
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining(Fixture.sha256(WEIGHTS));
	}

	@ParameterizedTest
	@ValueSource(strings = { "../../evil", "/etc/evil", "a\\\\b", "a\\u0000b", "x/../../evil" })
	void namesThatLeadOutOfTheRepositoryAreRefused(String name) {
		ArrayNode siblings = (ArrayNode) JsonMapper.shared()
			.readTree("[{\"rfilename\":\"config.json\"},{\"rfilename\":\"%s\"}]".formatted(name));
		this.hub.state("main", LATER, siblings);
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("the path");
	}

	@Test
	void aCommitThatIsNoneIsRefused() {
		this.hub.state("main", "../../../evil", JsonMapper.shared().createArrayNode());
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("names no commit");
	}

	@Test
	void aRepositoryOfGgufFilesListsThem() throws Exception {
		try (HubImitation only = new HubImitation().small("config.json", "{}")
			.large("tiny-q4.gguf", GGUF)
			.large("tiny-q8.gguf", GGUF)
			.publish("refs%2Fpr%2F1", COMMIT)) {
			assertThatThrownBy(() -> Fixture.sources(this.cache, Fixture.HASTY, only.environment())
				.resolve("hf:acme/tiny@refs%2Fpr%2F1", Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
				.hasMessageContaining(
						"hf:acme/tiny@refs%2Fpr%2F1/tiny-q4.gguf\n  hf:acme/tiny@refs%2Fpr%2F1/tiny-q8.gguf");
		}
	}

	@Test
	void aRepositoryOfPicklesIsRefusedWithTheReason() throws Exception {
		try (HubImitation only = new HubImitation().small("config.json", "{}")
			.large("pytorch_model.bin", GGUF)
			.publish("main", COMMIT)) {
			assertThatThrownBy(() -> Fixture.sources(this.cache, Fixture.HASTY, only.environment())
				.resolve("hf:acme/tiny", Fixture.IGNORED)).isInstanceOf(ModelSourceException.class)
				.hasMessageContaining("run code when read");
		}
	}

	@Test
	void aMissingFileNamesThoseThatExist() {
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny/nope.gguf", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("It has gguf/tiny q4.gguf.");
	}

	@ParameterizedTest
	@CsvSource({ "401, '', HF_TOKEN", "401, GatedRepo, accept the terms", "403, GatedRepo, accept the terms",
			"403, '', accept the terms", "404, RevisionNotFound, no revision \"main\"", "404, '', Check the name",
			"429, '', limits requests", "503, '', Try again later" })
	void explainsRefusals(int status, String code, String text) {
		this.hub.refuse("/api/models/acme/tiny/revision/main", status, code);
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("hf:acme/tiny: the Hub answered " + status)
			.hasMessageContaining(text);
	}

	@Test
	void aGatedFileIsExplainedToo() {
		this.hub.refuse(HubImitation.resolve(COMMIT, "model.safetensors"), 401, "GatedRepo");
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("accept the terms at " + this.hub.hub.address() + "/acme/tiny");
	}

	@Test
	void anAddressThatIsNoHubIsNamed() {
		this.hub.hub.answer("/api/models/acme/tiny/revision/main", 200, "<html>".getBytes(), Map.of());
		assertThatThrownBy(() -> online().resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("does not answer like a Hub");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void offlineItTakesTheCacheOrSaysWhatIsMissing(boolean byProperty) throws Exception {
		Map<String, String> environment = new HashMap<>(this.hub.environment());
		if (!byProperty) {
			environment.put("HF_HUB_OFFLINE", "1");
		}
		ModelSources offline = byProperty ? Fixture.offline(this.cache, environment)
				: Fixture.sources(this.cache, Fixture.HASTY, environment);
		assertThatThrownBy(() -> offline.resolve("hf:acme/tiny", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("is not in the cache")
			.hasMessageContaining(byProperty ? "llm.serving.offline" : "HF_HUB_OFFLINE");
		assertThat(this.hub.hub.asked).isEmpty();
		Path model = online().resolve("hf:acme/tiny", Fixture.IGNORED);
		int requests = this.hub.hub.asked.size();
		assertThat(offline.resolve("hf:acme/tiny", Fixture.IGNORED)).isEqualTo(model);
		assertThat(this.hub.hub.asked).hasSize(requests);
	}

	@ParameterizedTest
	@ValueSource(strings = { "hf:", "hf:tiny", "hf:/tiny", "hf:acme/", "hf:acme/tiny@", "hf:acme/tiny/",
			"hf:acme/tiny@/x", "hf:../tiny", "hf:acme/..", "hf:acme/tiny@..", "hf:acme/tiny@%2F..", "hf:acme/tiny@%zz",
			"hf:acme/tiny/../x", "hf:acme/tiny//x", "hf:acme/tiny?x", "hf:ac me/tiny" })
	void refusesMalformedSources(String source) {
		assertThatThrownBy(() -> online().validate(source)).isInstanceOf(ModelSourceException.class);
	}

	private ModelSources online() {
		return Fixture.sources(this.cache, Fixture.HASTY, this.hub.environment());
	}

	private static List<String> files(Path directory) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			return files.filter(Files::isRegularFile)
				.map((file) -> directory.relativize(file).toString())
				.sorted()
				.toList();
		}
	}

}
