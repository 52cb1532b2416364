package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import io.llmserving.catalog.FileServer.Asked;
import io.llmserving.catalog.FileServer.Fault;
import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Where the Hub's token comes from and where it goes.
 */
class HubTokenTests {

	private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

	private static final String TOKEN = "hf_secretsecret";

	@TempDir
	Path cache;

	HubImitation hub;

	@BeforeEach
	void publish() throws IOException {
		this.hub = new HubImitation().small("config.json", "{}")
			.large("model.safetensors", Fixture.bytes(50_000, 8))
			.publish("main", COMMIT);
	}

	@AfterEach
	void stop() {
		this.hub.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN" })
	void goesToTheHubButNotToTheStorageItRedirectsTo(String variable) throws Exception {
		resolve(Map.of(variable, TOKEN + "\n"));
		assertThat(this.hub.hub.asked).hasSize(3).extracting(Asked::authorization).containsOnly("Bearer " + TOKEN);
		assertThat(this.hub.storage.asked).isNotEmpty().extracting(Asked::authorization).containsOnlyNulls();
	}

	@Test
	void isReadFromTheFileThatHuggingFaceToolsWrite() throws Exception {
		Path file = this.cache.resolve("home/.cache/huggingface/token");
		Files.createDirectories(file.getParent());
		Files.writeString(file, TOKEN + "\n");
		resolve(Map.of());
		assertThat(this.hub.hub.asked).extracting(Asked::authorization).containsOnly("Bearer " + TOKEN);
	}

	@Test
	void theFileMayLieElsewhere() throws Exception {
		Path home = Files.createDirectories(this.cache.resolve("elsewhere"));
		Files.writeString(home.resolve("token"), TOKEN);
		resolve(Map.of("HF_HOME", home.toString()));
		assertThat(this.hub.hub.asked).extracting(Asked::authorization).containsOnly("Bearer " + TOKEN);
	}

	@Test
	void withoutATokenNoneIsSent() throws Exception {
		resolve(Map.of());
		assertThat(this.hub.hub.asked).extracting(Asked::authorization).containsOnlyNulls();
	}

	@Test
	void staysWithTheHubWhenItRedirectsWithinItself() throws Exception {
		this.hub.hub.redirect("/api/models/old/tiny/revision/main", "/api/models/acme/tiny/revision/main", Map.of());
		this.hub.hub.redirect("/old/tiny/resolve/" + COMMIT + "/config.json",
				HubImitation.resolve(COMMIT, "config.json"), Map.of());
		Map<String, String> environment = new HashMap<>(this.hub.environment());
		environment.put("HF_TOKEN", TOKEN);
		Fixture.sources(this.cache, Fixture.HASTY, environment).resolve("hf:old/tiny/config.json", Fixture.IGNORED);
		assertThat(this.hub.hub.asked).hasSize(4).extracting(Asked::authorization).containsOnly("Bearer " + TOKEN);
	}

	@Test
	void isNeitherLoggedNorPartOfAnError() throws Exception {
		List<String> texts = new ArrayList<>();
		Logger logger = (Logger) LoggerFactory.getLogger("io.llmserving.catalog");
		ListAppender<ILoggingEvent> appender = new ListAppender<>();
		appender.start();
		logger.addAppender(appender);
		Level level = logger.getLevel();
		logger.setLevel(Level.TRACE);
		try {
			this.hub.storage.fail(Fault.breakAfter(100));
			resolve(Map.of("HF_TOKEN", TOKEN));
			this.hub.refuse("/api/models/acme/tiny/revision/main", 401, "");
			assertThatThrownBy(() -> Fixture
				.sources(this.cache.resolve("empty"), Fixture.HASTY,
						Map.of("HF_ENDPOINT", this.hub.hub.address(), "HF_TOKEN", TOKEN))
				.resolve("hf:acme/tiny", Fixture.IGNORED)).satisfies((failure) -> texts.add(failure.toString()))
				.hasMessageContaining("does not accept the token");
		}
		finally {
			logger.setLevel(level);
			logger.detachAppender(appender);
		}
		appender.list.forEach((event) -> texts.add(event.getFormattedMessage()));
		texts.add(new BearerToken(TOKEN).toString());
		assertThat(appender.list).isNotEmpty();
		assertThat(texts).noneMatch((text) -> text.contains(TOKEN));
	}

	@Test
	void anUnencryptedHubOfAnotherMachineGetsNone() {
		assertThatThrownBy(() -> Fixture
			.sources(this.cache, Fixture.HASTY, Map.of("HF_ENDPOINT", "http://mirror.invalid", "HF_TOKEN", TOKEN))
			.validate("hf:acme/tiny")).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("would travel readable")
			.hasMessageNotContaining(TOKEN);
	}

	@Test
	void charactersThatNoTokenHasAreRefusedWithoutShowingThem() {
		assertThatThrownBy(() -> resolve(Map.of("HF_TOKEN", "hf_secret\r\nX-Evil: 1")))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("The Hugging Face token in HF_TOKEN")
			.hasMessageNotContaining("secret");
	}

	@ParameterizedTest
	@ValueSource(strings = { "mirror", "ftp://mirror", "https://", "https://user:pass@mirror", "http://[" })
	void anEndpointMustBeAnAddress(String endpoint) {
		assertThatThrownBy(() -> Fixture.sources(this.cache, Fixture.HASTY, Map.of("HF_ENDPOINT", endpoint))
			.validate("hf:acme/tiny")).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("HF_ENDPOINT")
			.hasMessageNotContaining("pass@");
	}

	@Test
	void thePublicHubIsTheDefault() throws Exception {
		assertThat(HubSettings.of(new Surroundings(Map.of(), this.cache, Fixture.HASTY)))
			.isEqualTo(new HubSettings("https://huggingface.co", null));
	}

	private void resolve(Map<String, String> variables) throws Exception {
		Map<String, String> environment = new HashMap<>(this.hub.environment());
		environment.putAll(variables);
		Fixture.sources(this.cache, Fixture.HASTY, environment).resolve("hf:acme/tiny", Fixture.IGNORED);
	}

}
