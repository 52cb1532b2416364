package io.llmserving.bench.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.llmserving.bench.server.StartedProcess;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * vLLM's engine in a Python process of its own, which is asked for one row at a time: its
 * start takes a minute.
 */
final class VllmEngine implements Contender {

	private static final String ANSWER = "RESULT ";

	private final StartedProcess process;

	private final BufferedReader output;

	private final Writer input;

	private final Path log;

	private final Set<EngineRow> warm = new HashSet<>();

	private VllmEngine(StartedProcess process, Path log) {
		this.process = process;
		this.log = log;
		this.output = process.process().inputReader(StandardCharsets.UTF_8);
		this.input = process.process().outputWriter(StandardCharsets.UTF_8);
	}

	/**
	 * Starts it and waits until the model is loaded.
	 * @param model Hugging Face directory
	 */
	static VllmEngine start(Path python, Path model, int threads) throws IOException {
		Path log = Files.createTempFile("llm-serving-bench-vllm", ".log");
		Path script = Files.createTempFile("vllm_engine", ".py");
		try (InputStream source = VllmEngine.class.getResourceAsStream("vllm_engine.py")) {
			if (source == null) {
				throw new IllegalStateException("vllm_engine.py is missing from the jar");
			}
			Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
		}
		script.toFile().deleteOnExit();
		ProcessBuilder builder = new ProcessBuilder(python.toString(), script.toString(), model.toString())
			.redirectError(log.toFile());
		builder.environment().putAll(environment(threads));
		VllmEngine engine = new VllmEngine(StartedProcess.start(builder), log);
		engine.answer();
		return engine;
	}

	/** One process, all threads bound, nothing fetched or told to anybody. */
	static Map<String, String> environment(int threads) {
		return Map.of("VLLM_ENABLE_V1_MULTIPROCESSING", "0", "VLLM_CPU_OMP_THREADS_BIND", "0-" + (threads - 1),
				"VLLM_CPU_KVCACHE_SPACE", "2", "HF_HUB_OFFLINE", "1", "TRANSFORMERS_OFFLINE", "1",
				"VLLM_NO_USAGE_STATS", "1", "CUDA_VISIBLE_DEVICES", "");
	}

	@Override
	public String name() {
		return "vLLM bf16";
	}

	@Override
	public double measure(EngineRow row) throws IOException {
		if (this.warm.add(row)) {
			ask(row);
		}
		return ask(row);
	}

	private double ask(EngineRow row) throws IOException {
		this.input.write("{\"streams\":%d,\"before\":%d,\"generated\":%d}%n".formatted(row.streams(), row.before(),
				row.generated()));
		this.input.flush();
		return answer().path("rate").asDouble();
	}

	private JsonNode answer() throws IOException {
		for (String line = this.output.readLine(); line != null; line = this.output.readLine()) {
			if (line.startsWith(ANSWER)) {
				return JsonMapper.shared().readTree(line.substring(ANSWER.length()));
			}
		}
		throw new IOException("vLLM ended: " + Files.readString(this.log, StandardCharsets.ISO_8859_1));
	}

	@Override
	public void close() throws IOException {
		this.input.close();
		this.process.close();
		Files.deleteIfExists(this.log);
	}

}
