package io.llmserving.bench.scenario;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.llmserving.bench.engine.Peers;
import org.jspecify.annotations.Nullable;

/**
 * The rows that the suite knows, as command lines of this program. A row whose files are
 * missing says which.
 */
final class Suite {

	private static final String SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf";

	private static final String SMOLLM2_DIRECTORY = "smollm2-135m-hf";

	/**
	 * 256 MB over the 23,040 bytes of a token: 30 layers, 3 heads of 64, keys and values
	 * in bf16.
	 */
	private static final int SMALL_POOL_TOKENS = 11_650;

	/**
	 * Long enough for a JVM to compile what it does in a step, some 40 times a second.
	 */
	private static final List<String> WARM_UP = List.of("--warm-up-seconds", "120");

	private final Path models;

	private final Path application;

	private final SuiteServers servers;

	private final List<String> rounds;

	private final List<String> threads;

	private final String peers;

	private final Map<String, Row> rows = new LinkedHashMap<>();

	Suite(Path peers, Path models, Path application, int rounds, int threads) throws IOException {
		this.models = models;
		this.application = application;
		this.peers = peers.toString();
		this.rounds = List.of("--repetitions", Integer.toString(rounds));
		this.threads = List.of("-t", Integer.toString(threads), "-r", Integer.toString(rounds));
		this.servers = new SuiteServers(new Peers(peers), application, models.resolve(SMOLLM2),
				models.resolve(SMOLLM2_DIRECTORY), threads);
		engineRows();
		httpRows();
		scenarioRows();
	}

	/**
	 * Returns all rows in their order, by name.
	 */
	Map<String, Row> rows() {
		return this.rows;
	}

	private void engineRows() {
		engine("engine-smollm2", SMOLLM2, "--prompt", "512,4096", "--context", "16,2048", "--batches", "2,4,8,16,32",
				"--vllm-model", this.models.resolve(SMOLLM2_DIRECTORY).toString());
		for (String type : List.of("Q4_0", "Q8_0", "Q4_K_M")) {
			engine("engine-1.17b-" + type.toLowerCase(Locale.ROOT), "syn1b-" + type + ".gguf", "--prompt", "512,4096",
					"--context", "16,2048");
		}
		engine("engine-1.17b-bf16", "syn1b-BF16.gguf", "--prompt", "512", "--batches", "8");
		engine("engine-smollm2-bf16", SMOLLM2_DIRECTORY, "--prompt", "512", "--batches", "8", "--vllm-model",
				this.models.resolve(SMOLLM2_DIRECTORY).toString());
	}

	private void engine(String name, String model, String... options) {
		Path file = this.models.resolve(model);
		List<String> command = new ArrayList<>(List.of("peer", file.toString(), "--peers", this.peers));
		command.addAll(List.of(options));
		command.addAll(this.threads);
		add(name, model, command, missing(file));
	}

	private void httpRows() throws IOException {
		http("http-1", 1, 192, "HTTP, 1 stream, 256 words of prompt (192 shared), 128 out");
		http("http-8", 8, 192, "HTTP, 8 streams, 256 words of prompt (192 shared), 128 out");
		http("http-32", 32, 192, "HTTP, 32 streams, 256 words of prompt (192 shared), 128 out");
		http("http-8-long", 8, 1500, "HTTP, 8 streams, 1,564 words of prompt (1,500 shared), 128 out");
		http("http-offered", 8, 192, "HTTP, 1.25 requests/s, 256 words of prompt (192 shared), 128 out", "--rate",
				"1.25");
		List<String> goodput = new ArrayList<>(List.of("goodput", "--streams", "16", "--requests", "8"));
		goodput.addAll(this.servers.all(32, 192 + 64 + 128));
		add("goodput", "Goodput: 99 % of requests with TTFT ≤ 1 s and ≤ 50 ms per output token", goodput, noServer());
	}

	private void http(String name, int streams, int shared, String title, String... more) throws IOException {
		List<String> command = new ArrayList<>(List.of("compare", "--streams", Integer.toString(streams), "--requests",
				"8", "--shared", Integer.toString(shared), "--own", "64", "--out", "128"));
		command.addAll(List.of(more));
		command.addAll(this.servers.all(streams, shared + 64 + 128));
		command.addAll(List.of("--drop-out", "0.75"));
		String missing = noServer();
		boolean alone = Collections.frequency(command, "--server") < 2;
		add(name, title, command, (missing == null && alone) ? "no peer has a server" : missing);
	}

	private void scenarioRows() throws IOException {
		own("mixed", "A 4,096-word prompt arrives while 8 streams decode", "mixed");
		ways("sampling", 8, "Greedy beside T 0.7, top_p 0.9, penalties, 5 logprobs", "greedy", null, "sampled",
				"{\"temperature\":0.7,\"top_p\":0.9,\"presence_penalty\":0.2,\"frequency_penalty\":0.2,\"logprobs\":5}");
		ways("choices", 1, "n = 4 beside n = 1", "n = 4", "{\"n\":4}", "n = 1", null);
		own("health", "Health checks while 8 streams decode", "load");
		own("overload", "Twice the capacity", "overload", "--capacity", "{goodput}", "--streams", "16", "--header",
				"X-First-Token-Timeout=1");
		own("cancel-storm", "Clients that leave", "cancel-storm");
		own("prefix-hit", "The first token of a prompt whose start is cached", "prefix-hit");
		own("prefix-storm", "Prefixes of twice the pool", "prefix-storm", "--pool",
				Integer.toString(SMALL_POOL_TOKENS));
		own("process", "The process: start, memory, idle, CPU time outside the engine", "process");
	}

	/** The same server asked in two ways. */
	private void ways(String name, int streams, String title, String first, @Nullable String firstFields, String second,
			@Nullable String secondFields) throws IOException {
		List<String> command = new ArrayList<>(
				List.of("compare", "--streams", Integer.toString(streams), "--shared", "0", "--own", "64"));
		command.addAll(this.servers.twice(first, firstFields, second, secondFields));
		add(name, title, command, noServer());
	}

	private void own(String name, String title, String... options) throws IOException {
		int port = freePort();
		List<String> command = new ArrayList<>(List.of(options));
		command.addAll(List.of("--url", "http://127.0.0.1:" + port + "/v1", "--model", SuiteServers.MODEL, "--start",
				this.servers.ownCommand(port, name.equals("prefix-storm") ? "256MB" : "2GB")));
		if (name.startsWith("cancel")) {
			for (String gauge : List.of("llm_requests_running_sequences", "llm_requests_waiting_sequences",
					"llm_cache_blocks_used_blocks")) {
				command.addAll(List.of("--gauge", "http://127.0.0.1:" + port + "/actuator/prometheus#" + gauge));
			}
		}
		if (name.equals("health")) {
			command.addAll(List.of("--probe", "http://127.0.0.1:" + port + "/actuator/health/readiness"));
		}
		add(name, title, command, noServer());
	}

	private void add(String name, String title, List<String> command, @Nullable String missing) {
		List<String> whole = new ArrayList<>(command);
		if (!List.of("peer", "mixed").contains(command.getFirst())) {
			whole.addAll(this.rounds);
			whole.addAll(WARM_UP);
		}
		this.rows.put(name, new Row(name, title, whole, missing));
	}

	private @Nullable String noServer() {
		String application = missing(this.application);
		return (application != null) ? application : missing(this.models.resolve(SMOLLM2));
	}

	private static @Nullable String missing(Path file) {
		return Files.exists(file) ? null : "there is no " + file;
	}

	static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	/**
	 * A row.
	 *
	 * @param command arguments of this program; {@code {goodput}} stands for what the row
	 * goodput found for ours
	 * @param missing why it cannot run, null if it can
	 */
	record Row(String name, String title, List<String> command, @Nullable String missing) {
	}

}
