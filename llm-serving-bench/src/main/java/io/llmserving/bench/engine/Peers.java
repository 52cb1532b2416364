package io.llmserving.bench.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Other engines in a folder: {@code llama.cpp} and {@code ik_llama.cpp} with their tools
 * in {@code build/bin}, {@code bin} or right there, and {@code vllm}, a Python
 * environment.
 */
public final class Peers {

	private static final List<String> BINARIES = List.of("build/bin", "bin", ".");

	private final Path folder;

	/**
	 * @throws IllegalArgumentException if there is no such folder
	 */
	public Peers(Path folder) {
		if (!Files.isDirectory(folder)) {
			throw new IllegalArgumentException(
					"There is no folder %s; it should have llama.cpp, ik_llama.cpp or vllm".formatted(folder));
		}
		this.folder = folder;
	}

	/**
	 * Returns a tool of a peer, null if it is not there.
	 */
	public @Nullable Path tool(String peer, String tool) {
		return BINARIES.stream()
			.map((binaries) -> this.folder.resolve(peer).resolve(binaries).resolve(tool).normalize())
			.filter(Files::isExecutable)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Returns the Python of vLLM's environment, null if it is not there.
	 */
	public @Nullable Path vllmPython() {
		Path python = this.folder.resolve("vllm/bin/python");
		return Files.isExecutable(python) ? python : null;
	}

	/**
	 * Returns each peer at each of its settings that may be its best.
	 * @param model GGUF file, or a Hugging Face directory, which only vLLM reads
	 * @param vllmModel Hugging Face directory of the same weights for vLLM, null to leave
	 * vLLM out
	 */
	List<Contender> contenders(Path model, @Nullable Path vllmModel, int threads)
			throws IOException, InterruptedException {
		List<Contender> found = new ArrayList<>();
		boolean file = Files.isRegularFile(model);
		Path llama = tool("llama.cpp", "llama-bench");
		if (file && llama != null) {
			found.add(LlamaTools.of("llama.cpp", llama, tool("llama.cpp", "llama-batched-bench"), model, threads,
					List.of("-fa", "1"), List.of("-fa", "on")));
		}
		Path ik = tool("ik_llama.cpp", "llama-bench");
		if (file && ik != null) {
			Path batched = tool("ik_llama.cpp", "llama-batched-bench");
			found.add(LlamaTools.of("ik_llama.cpp", ik, batched, model, threads, List.of("-fa", "1"),
					List.of("-fa", "on")));
			found.add(LlamaTools.of("ik_llama.cpp repacked", ik, batched, model, threads,
					List.of("-fa", "1", "-rtr", "1"), List.of("-fa", "on", "-rtr")));
		}
		Path python = vllmPython();
		if (python != null && vllmModel != null) {
			found.add(VllmEngine.start(python, vllmModel, threads));
		}
		return found;
	}

}
