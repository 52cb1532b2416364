package io.llmserving.serving;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.api.EngineInfo;
import io.llmserving.engine.LoadedModel;
import io.llmserving.model.ModelReader;
import io.llmserving.model.OpenModel;
import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.DeviceKind;
import io.llmserving.runtime.EngineException;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepRunner;
import io.llmserving.text.ChatRenderer;
import io.llmserving.text.ChatTemplateSource;
import io.llmserving.text.ModelTokenizer;
import io.llmserving.text.TemplateRenderer;
import io.llmserving.text.TokenizerFormatException;
import io.llmserving.weights.ModelFileException;

/**
 * Makes a model on the disk ready to run: reads it, packs its weights for the device,
 * sizes its cache. One thread at a time.
 */
final class ModelLoader {

	private static final Logger logger = LoggerFactory.getLogger(ModelLoader.class);

	/** Most alternatives per token that requests may ask for, as OpenAI has it. */
	private static final int TOP_TOKENS = 20;

	/** Rows of a step that are scored for prompt logprobs, beside those that sample. */
	private static final int SCORED_ROWS = 64;

	/** A CPU computes in await; a GPU has the next step already while it runs one. */
	private static final int DEPTH_OF_CPU = 1;

	private static final int DEPTH_OF_GPU = 2;

	private final Devices devices;

	ModelLoader(Devices devices) {
		this.devices = devices;
	}

	/**
	 * Reads a model's header and sets its weights' memory aside.
	 * @throws ModelStartupException if it can never be loaded as it stands
	 */
	void check(ModelSettings model, Path path) {
		try (Device device = this.devices.open(model); OpenModel open = ModelReader.open(path, model.contextLength())) {
			open.program();
			this.devices.budget(device).weights(model.id(), open.weightBytes());
		}
		catch (ModelFileException ex) {
			throw unreadable(model, ex);
		}
	}

	/**
	 * Loads a model.
	 * @throws ModelStartupException if it can never be loaded as it stands
	 */
	LoadedModel load(ModelSettings model, Path path) {
		Device device = this.devices.open(model);
		try {
			return load(model, path, device);
		}
		catch (RuntimeException ex) {
			this.devices.budget(device).release(model.id());
			device.close();
			throw ex;
		}
	}

	private LoadedModel load(ModelSettings model, Path path, Device device) {
		long start = System.nanoTime();
		try (OpenModel open = ModelReader.open(path, model.contextLength())) {
			this.devices.budget(device).weights(model.id(), open.weightBytes());
			ModelTokenizer tokenizer = new ModelTokenizer(open.tokenizer(), chat(model, open));
			ProgramOnDevice program = new ProgramOnDevice(this.devices, model, path, device, open);
			try {
				LoadedModel loaded = assemble(model, open, program, device, tokenizer);
				report(loaded.info(), System.nanoTime() - start);
				return loaded;
			}
			catch (RuntimeException ex) {
				program.program().close();
				throw ex;
			}
		}
		catch (ModelFileException ex) {
			throw unreadable(model, ex);
		}
		catch (TokenizerFormatException ex) {
			throw new ModelStartupException(model.id(), String.valueOf(ex.getMessage()),
					"Use a model whose tokenizer is supported, or a conversion of it that carries one.", ex);
		}
		catch (EngineException ex) {
			throw new ModelStartupException(model.id(), String.valueOf(ex.getMessage()),
					"Choose another device for the model, or change what the message names.", ex);
		}
	}

	private LoadedModel assemble(ModelSettings model, OpenModel open, ProgramOnDevice placed, Device device,
			ModelTokenizer tokenizer) throws ModelFileException {
		CompiledProgram program = placed.program();
		MemoryBudget budget = this.devices.budget(device);
		budget.weights(model.id(), program.weightBytes());
		StepLimits limits = limits(model, open, program, device);
		Supplier<StepRunner> runners = () -> placed.runner(limits);
		int wanted = context(model, open);
		int context = Math.min(limits.sequenceTokens(), wanted);
		if (context < wanted) {
			logger.warn(
					"Model '{}': its cache holds {} tokens in all, so that a sequence may have {} instead of {}; raise kv-cache.size or llm.serving.memory.max-size for more",
					model.id(), limits.blocks() / limits.groups() * limits.blockSize(), context, model.contextLength());
		}
		String revision = open.revision() + "/" + model.placement().numbers();
		EngineInfo info = info(model, open, program, device, limits, context, revision);
		AutoCloseable weights = () -> {
			placed.close();
			budget.release(model.id());
		};
		return new LoadedModel(runners, program.spec().windows(), tokenizer, open.eos(), open.sampling(), info,
				revision, weights);
	}

	/** Returns the most tokens of a sequence that both settings and model want. */
	private static int context(ModelSettings model, OpenModel open) {
		return Math.min(model.contextLength(), open.config().contextLength());
	}

	private StepLimits limits(ModelSettings model, OpenModel open, CompiledProgram program, Device device) {
		int groups = program.spec().windows().length;
		int columns = Math.ceilDiv(context(model, open), model.blockSize());
		long least = (long) groups * Math.min(columns, Math.ceilDiv(512, model.blockSize())) * program.blockBytes();
		long bytes = this.devices.budget(device).cache(model.id(), model.cacheBytes(), least);
		int blocks = (int) Math.min(bytes / program.blockBytes(), Integer.MAX_VALUE);
		int sequences = model.scheduling().maxSequences();
		return new StepLimits(model.scheduling().tokensPerStep(), sequences, sequences + SCORED_ROWS, sequences, blocks,
				model.blockSize(), columns, groups, (device.kind() == DeviceKind.CPU) ? DEPTH_OF_CPU : DEPTH_OF_GPU,
				open.config().vocabulary(), TOP_TOKENS, program.attention());
	}

	private static EngineInfo info(ModelSettings model, OpenModel open, CompiledProgram program, Device device,
			StepLimits limits, int context, String revision) {
		Map<String, String> details = new LinkedHashMap<>();
		details.put("source", model.displayedSource());
		details.put("path", open.path().toString());
		details.put("device", device.kind().id());
		details.put("activations", model.placement().exact() ? "f32" : "auto");
		details.put("kv-cache", model.placement().keysAndValues().name().toLowerCase(Locale.ROOT));
		details.put("windows", Arrays.toString(program.spec().windows()));
		String fingerprint = Fingerprint.of(revision, device.description(), Integer.toString(context));
		return new EngineInfo(model.id(), open.config().architecture(), open.quantization(), open.parameters(), context,
				open.config().vocabulary(), device.description(), program.weightBytes(), limits.blocks(),
				limits.blockSize(), program.blockBytes() * limits.blocks(), fingerprint, details);
	}

	private static @Nullable ChatRenderer chat(ModelSettings model, OpenModel open) {
		ChatTemplateSource template = open.chatTemplate();
		if (template == null) {
			logger.info("Model '{}' has no chat template: it serves completions only", model.id());
			return null;
		}
		return new TemplateRenderer(template);
	}

	private static ModelStartupException unreadable(ModelSettings model, ModelFileException ex) {
		return new ModelStartupException(model.id(), String.valueOf(ex.getMessage()),
				"Check the property llm.serving.models.%s.source, or fetch the model again: it may be damaged or incomplete."
					.formatted(model.id()),
				ex);
	}

	private static void report(EngineInfo info, long nanos) {
		logger.info(
				"Model '{}' is ready: {} {}, {} million parameters, weights {} MB, cache {} blocks of {} tokens ({} MB), context {} tokens, loaded in {} ms on {}",
				info.model(), info.architecture(), info.quantization(), millions(info.parameters()),
				millions(info.weightBytes()), info.cacheBlocks(), info.blockSize(), millions(info.cacheBytes()),
				info.contextLength(), nanos / 1_000_000, info.device());
	}

	private static String millions(long value) {
		return "%.1f".formatted(value / 1e6);
	}

}
