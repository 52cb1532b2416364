package io.llmserving.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;
import org.springframework.core.NestedExceptionUtils;

import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.SamplingParameters;
import io.llmserving.autoconfigure.LlmServingProperties.KvCache;
import io.llmserving.autoconfigure.LlmServingProperties.Model;
import io.llmserving.autoconfigure.LlmServingProperties.Sampling;
import io.llmserving.serving.ModelSettings;
import io.llmserving.serving.ServingSettings;

/**
 * Turns properties into settings: a model's own value, else that of the defaults, else
 * the product's.
 */
final class SettingsMapper {

	static final String PREFIX = "llm.serving.models.";

	private final LlmServingProperties properties;

	SettingsMapper(LlmServingProperties properties) {
		this.properties = properties;
	}

	/**
	 * Maps everything.
	 * @throws InvalidModelPropertyException naming the property that is wrong
	 */
	ServingSettings map() {
		String shared = this.properties.defaults().source();
		if (shared != null) {
			throw new InvalidModelPropertyException("llm.serving.defaults.source", shared,
					"Every model has a source of its own: set llm.serving.models.<id>.source.");
		}
		List<ModelSettings> models = new ArrayList<>();
		for (Map.Entry<String, Model> entry : this.properties.models().entrySet()) {
			models.add(model(entry.getKey(), entry.getValue()));
		}
		LlmServingProperties.NativeLibrary library = this.properties.nativeLibrary();
		DataSize memory = this.properties.memory().maxSize();
		Path cache = path(this.properties.cacheDirectory());
		return new ServingSettings(
				DefaultModel.of(models.stream().map(ModelSettings::id).toList(), this.properties.defaultModel()),
				(cache != null) ? cache : Path.of(System.getProperty("user.home"), ".cache", "llm-serving"),
				this.properties.offline(), path(library.libraryPath()), path(library.extractDirectory()),
				(memory != null) ? memory.toBytes() : null, this.properties.compute().threads(), models,
				new RouteMapper(models).map(this.properties.routes()));
	}

	/**
	 * Maps a model that is added at run time.
	 * @throws InvalidRequestException naming the property that is wrong
	 */
	ModelSettings map(ModelDefinition definition) {
		Map<String, Object> values = new HashMap<>();
		definition.properties().forEach((key, value) -> values.put("model." + key, value));
		values.put("model.source", definition.source());
		try {
			Model model = new Binder(new MapConfigurationPropertySource(values))
				.bind("model", Bindable.of(Model.class), new NoUnboundElementsBindHandler(BindHandler.DEFAULT))
				.get();
			return model(definition.id(), model);
		}
		catch (BindException ex) {
			throw new InvalidRequestException("The properties %s are not all those of a model: %s"
				.formatted(definition.properties(), reason(NestedExceptionUtils.getMostSpecificCause(ex))),
					"properties", null);
		}
		catch (InvalidModelPropertyException ex) {
			throw new InvalidRequestException(String.valueOf(ex.getMessage()), ex.property(), null);
		}
	}

	private static String reason(Throwable cause) {
		if (cause instanceof UnboundConfigurationPropertiesException unbound) {
			return unbound.getUnboundProperties()
				.stream()
				.map((property) -> property.getName().toString().substring("model.".length()))
				.collect(Collectors.joining(", ", "there is no ", ""));
		}
		return String.valueOf(cause.getMessage());
	}

	private ModelSettings model(String id, Model model) {
		if (!id.matches("[a-z0-9]+")) {
			throw new InvalidModelPropertyException(PREFIX + id, id,
					"A model's id consists of the letters a to z and digits only: it becomes the name of a bean, a tag and an environment variable. Other names belong under llm.serving.routes.");
		}
		String source = model.source();
		if (source == null || source.isBlank()) {
			throw new InvalidModelPropertyException(PREFIX + id + ".source", "",
					"A source is needed, such as file:/models/model.gguf or hf:organisation/repository.");
		}
		Model defaults = this.properties.defaults();
		KvCache cache = model.kvCache();
		KvCache cacheDefaults = defaults.kvCache();
		int context = positive(id, "context-length", first(model.contextLength(), defaults.contextLength(), 8192));
		return new ModelSettings(id, source, load(id, first(model.load(), defaults.load(), "startup")),
				first(model.required(), defaults.required(), true), first(model.pinned(), defaults.pinned(), false),
				fallback(id, model.fallback(), defaults.fallback()), new PlacementMapper(id, model, defaults).map(),
				context, first(cache.size(), cacheDefaults.size(), DataSize.ofMegabytes(512)).toBytes(),
				blockSize(id, first(cache.blockSize(), cacheDefaults.blockSize(), 16)),
				first(cache.prefixSharing(), cacheDefaults.prefixSharing(), true), scheduling(id, model, defaults),
				sampling(model.sampling(), defaults.sampling()), restart(model, defaults));
	}

	private static ModelSettings.Scheduling scheduling(String id, Model model, Model defaults) {
		LlmServingProperties.Scheduling own = model.scheduling();
		LlmServingProperties.Scheduling other = defaults.scheduling();
		return new ModelSettings.Scheduling(
				positive(id, "scheduling.max-sequences", first(own.maxSequences(), other.maxSequences(), 32)),
				positive(id, "scheduling.tokens-per-step", first(own.tokensPerStep(), other.tokensPerStep(), 512)),
				positive(id, "scheduling.queue-size", first(own.queueSize(), other.queueSize(), 128)),
				first(own.requestTimeout(), other.requestTimeout(), Duration.ofMinutes(5)),
				first(own.readyTimeout(), other.readyTimeout(), Duration.ofMinutes(2)),
				first(own.slowReaderTimeout(), other.slowReaderTimeout(), Duration.ofSeconds(30)));
	}

	private static ModelSettings.Restart restart(Model model, Model defaults) {
		LlmServingProperties.Restart own = model.restart();
		LlmServingProperties.Restart other = defaults.restart();
		return new ModelSettings.Restart(first(own.maxAttempts(), other.maxAttempts(), 5),
				first(own.initialDelay(), other.initialDelay(), Duration.ofSeconds(1)),
				first(own.maxDelay(), other.maxDelay(), Duration.ofMinutes(1)));
	}

	private static SamplingParameters sampling(Sampling own, Sampling other) {
		SamplingParameters.Builder builder = SamplingParameters.builder()
			.maxTokens(first(own.maxTokens(), other.maxTokens(), 512))
			.temperature(either(own.temperature(), other.temperature()))
			.topP(either(own.topP(), other.topP()))
			.topK(either(own.topK(), other.topK()))
			.minP(either(own.minP(), other.minP()))
			.repetitionPenalty(either(own.repetitionPenalty(), other.repetitionPenalty()))
			.presencePenalty(either(own.presencePenalty(), other.presencePenalty()))
			.frequencyPenalty(either(own.frequencyPenalty(), other.frequencyPenalty()));
		return builder.stop(first(own.stop(), other.stop(), List.of())).build();
	}

	/** A fallback of all models is none for itself. */
	private static @Nullable String fallback(String id, @Nullable String own, @Nullable String shared) {
		String chosen = (own != null) ? own : id.equals(shared) ? null : shared;
		return (chosen == null || chosen.isBlank()) ? null : chosen;
	}

	private static ModelSettings.Load load(String id, String value) {
		return switch (oneOf(id, "load", value, "startup", "on-demand", "manual")) {
			case "on-demand" -> ModelSettings.Load.ON_DEMAND;
			case "manual" -> ModelSettings.Load.MANUAL;
			default -> ModelSettings.Load.STARTUP;
		};
	}

	private static int blockSize(String id, int size) {
		if (size != 16 && size != 32 && size != 64 && size != 128) {
			throw new InvalidModelPropertyException(PREFIX + id + ".kv-cache.block-size", Integer.toString(size),
					"A block has 16, 32, 64 or 128 tokens.");
		}
		return size;
	}

	private static int positive(String id, String key, int value) {
		if (value < 1) {
			throw new InvalidModelPropertyException(PREFIX + id + "." + key, Integer.toString(value),
					"The value must be at least 1.");
		}
		return value;
	}

	static String oneOf(String id, String key, String value, String... allowed) {
		String lower = value.toLowerCase(Locale.ROOT);
		if (!List.of(allowed).contains(lower)) {
			throw new InvalidModelPropertyException(PREFIX + id + "." + key, value,
					"The value must be one of %s.".formatted(String.join(", ", allowed)));
		}
		return lower;
	}

	private static @Nullable Path path(@Nullable String path) {
		return (path == null || path.isBlank()) ? null : Path.of(path);
	}

	private static <T> @Nullable T either(@Nullable T own, @Nullable T other) {
		return (own != null) ? own : other;
	}

	private static <T> T first(@Nullable T own, @Nullable T other, T fallback) {
		return (own != null) ? own : Objects.requireNonNullElse(other, fallback);
	}

}
