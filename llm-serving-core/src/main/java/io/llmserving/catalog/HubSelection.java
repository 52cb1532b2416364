package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.catalog.HubRepository.HubFile;
import io.llmserving.spi.ModelSourceException;

/**
 * Chooses the files of a repository that a model is made of: configuration, tokenizer,
 * chat templates, and weights as safetensors. Pickled weights run code when read and are
 * never taken.
 */
final class HubSelection {

	static final String INDEX = "model.safetensors.index.json";

	private static final String WHOLE = "model.safetensors";

	private static final Set<String> NAMES = Set.of("config.json", "generation_config.json", "tokenizer.json",
			"tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json",
			"vocab.txt", "merges.txt", "chat_template.jinja", "chat_template.json", "quantize_config.json", INDEX);

	private static final Pattern MORE_TEMPLATES = Pattern.compile("additional_chat_templates/[^/]+\\.jinja");

	private final HubReference reference;

	private final HubRepository repository;

	HubSelection(HubReference reference, HubRepository repository) {
		this.reference = reference;
		this.repository = repository;
	}

	/**
	 * Returns the one file that the reference names.
	 * @throws ModelSourceException if there is none, with names that exist
	 */
	HubFile single(EntryPath path) throws ModelSourceException {
		HubFile file = this.repository.find(path.text());
		if (file == null) {
			List<String> files = this.repository.names(".gguf");
			throw new ModelSourceException("%s: the repository has no such file. It has %s.".formatted(this.reference,
					list(files.isEmpty() ? this.repository.names("") : files)));
		}
		return file;
	}

	/**
	 * Returns all but the weights.
	 * @throws ModelSourceException if the repository is not a model in safetensors
	 */
	List<HubFile> descriptions() throws ModelSourceException {
		if (this.repository.names(".safetensors").isEmpty()) {
			throw new ModelSourceException(withoutSafetensors());
		}
		if (this.repository.find("config.json") == null) {
			throw new ModelSourceException(
					"%s: the repository has no config.json, so it is no model on its own (an adapter?). Name the base model's repository."
						.formatted(this.reference));
		}
		return this.repository.files()
			.stream()
			.filter((file) -> NAMES.contains(file.path().text())
					|| MORE_TEMPLATES.matcher(file.path().text()).matches())
			.toList();
	}

	/**
	 * Returns the weights: those that the index names, or the one file, or all at the
	 * top.
	 * @param index the downloaded index, {@code null} if the repository has none
	 */
	List<HubFile> weights(@Nullable Path index) throws IOException {
		if (index != null) {
			return shards(index);
		}
		HubFile whole = this.repository.find(WHOLE);
		return (whole != null) ? List.of(whole)
				: this.repository.files()
					.stream()
					.filter((file) -> file.path().text().endsWith(".safetensors"))
					.filter((file) -> file.path().segments().size() == 1)
					.toList();
	}

	private List<HubFile> shards(Path index) throws IOException {
		Set<String> names = new TreeSet<>();
		try {
			for (JsonNode shard : JsonMapper.shared().readTree(Files.readAllBytes(index)).path("weight_map")) {
				names.add(shard.asString(""));
			}
		}
		catch (JacksonException ex) {
			throw new ModelSourceException("%s: %s is not JSON: %s".formatted(this.reference, INDEX, ex.getMessage()),
					ex);
		}
		List<HubFile> shards = this.repository.files()
			.stream()
			.filter((file) -> names.remove(file.path().text()))
			.toList();
		if (shards.isEmpty() || !names.isEmpty()) {
			throw new ModelSourceException("%s: %s names weights that the repository lacks: %s."
				.formatted(this.reference, INDEX, names.isEmpty() ? "none at all" : list(List.copyOf(names))));
		}
		return shards;
	}

	private String withoutSafetensors() throws ModelSourceException {
		List<String> gguf = this.repository.names(".gguf");
		if (!gguf.isEmpty()) {
			StringBuilder sources = new StringBuilder();
			for (String name : gguf) {
				sources.append("\n  ").append(this.reference.withFile(name));
			}
			return "%s: the repository holds GGUF files. Choose one of them as the source:%s".formatted(this.reference,
					sources);
		}
		return "%s: the repository has no weights as safetensors or GGUF%s".formatted(this.reference,
				this.repository.names(".bin").isEmpty() ? "." : """
						; its .bin files are pickles, which run code when read, and are refused. \
						Look for a revision or a conversion with safetensors.""");
	}

	private static String list(List<String> names) {
		String shown = String.join(", ", names.subList(0, Math.min(names.size(), 20)));
		return (names.size() > 20) ? "%s and %d more".formatted(shown, names.size() - 20) : shown;
	}

}
