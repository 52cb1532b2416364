package io.llmserving.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.llmserving.bench.engine.Peers;
import org.jspecify.annotations.Nullable;

/**
 * How the suite starts servers: ours, and those of the peers that are there, each with as
 * many slots as there are streams.
 */
final class SuiteServers {

	static final String MODEL = "smollm2";

	private final Peers peers;

	private final Path application;

	private final Path model;

	private final Path directory;

	private final int threads;

	SuiteServers(Peers peers, Path application, Path model, Path directory, int threads) {
		this.peers = peers;
		this.application = application.toAbsolutePath();
		this.model = model.toAbsolutePath();
		this.directory = directory.toAbsolutePath();
		this.threads = threads;
	}

	/**
	 * Returns the options that name all servers, ours first.
	 * @param words of the longest request, prompt and answer
	 */
	List<String> all(int streams, int words) throws IOException {
		int own = Suite.freePort();
		List<String> options = server("ours", own, ownCommand(own, "2GB"), null);
		// Words may be more than a token each.
		int context = streams * Math.ceilDiv(words * 5 / 4, 256) * 256;
		llama(options, "llama.cpp", "llama.cpp", streams, context, "");
		llama(options, "ik_llama.cpp", "ik_llama.cpp", streams, context, "");
		llama(options, "ik_llama.cpp repacked", "ik_llama.cpp", streams, context, " -rtr");
		Path python = this.peers.vllmPython();
		if (python != null && Files.isDirectory(this.directory)) {
			int port = Suite.freePort();
			options.addAll(server("vLLM bf16", port, vllm(python, port), null));
		}
		return options;
	}

	/**
	 * Returns the options that name our server twice, once for each of two ways to ask
	 * it.
	 */
	List<String> twice(String first, @Nullable String firstFields, String second, @Nullable String secondFields)
			throws IOException {
		int port = Suite.freePort();
		List<String> options = server(first, port, ownCommand(port, "2GB"), firstFields);
		options.addAll(server(second, port, null, secondFields));
		return options;
	}

	String ownCommand(int port, String cache) {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		return "exec %s -jar %s --server.port=%d --llm.serving.models.%s.source=file:%s --llm.serving.models.%s.kv-cache.size=%s"
			.formatted(quoted(java), quoted(this.application.toString()), port, MODEL, quoted(this.model.toString()),
					MODEL, cache);
	}

	private void llama(List<String> options, String name, String peer, int streams, int context, String more)
			throws IOException {
		Path tool = this.peers.tool(peer, "llama-server");
		if (tool == null) {
			return;
		}
		int port = Suite.freePort();
		String command = "exec %s -m %s --alias %s --host 127.0.0.1 --port %d -t %d -np %d -c %d -fa on%s".formatted(
				quoted(tool.toString()), quoted(this.model.toString()), MODEL, port, this.threads, streams, context,
				more);
		options.addAll(server(name, port, command, "{\"cache_prompt\":true}"));
	}

	/**
	 * tcmalloc and Intel's OpenMP, which vLLM's CPU guide has preloaded, where they are.
	 */
	private String vllm(Path python, int port) {
		Path bin = python.toAbsolutePath().getParent();
		return ("p=$(ldconfig -p | awk '/libtcmalloc_minimal\\.so\\.4/{print $NF; exit}'); "
				+ "o=%s/../lib/libiomp5.so; [ -e \"$o\" ] && p=$p${p:+:}$o; [ -n \"$p\" ] && export LD_PRELOAD=$p; "
				+ "export PATH=%s:$PATH HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 "
				+ "CUDA_VISIBLE_DEVICES= VLLM_CPU_KVCACHE_SPACE=2 VLLM_CPU_OMP_THREADS_BIND=0-%d; "
				+ "exec %s/vllm serve %s --served-model-name %s --host 127.0.0.1 --port %d --dtype bfloat16 "
				+ "--max-model-len 8192")
			.formatted(bin, bin, this.threads - 1, bin, quoted(this.directory.toString()), MODEL, port);
	}

	private static List<String> server(String name, int port, @Nullable String command, @Nullable String fields) {
		List<String> options = new ArrayList<>(
				List.of("--server", name, "--at", "http://127.0.0.1:" + port + "/v1", "--name-of-model", MODEL));
		if (command != null) {
			options.addAll(List.of("--run", command));
		}
		if (fields != null) {
			options.addAll(List.of("--fields", fields));
		}
		return options;
	}

	private static String quoted(String text) {
		return "'" + text.replace("'", "'\\''") + "'";
	}

}
