package io.llmserving.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

import io.llmserving.model.ModelConfig.LayerAttention;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.weights.TensorSource;
import io.llmserving.weights.TensorView;

/**
 * Identifies what a model computes by a hash of its numbers, of every tensor's name, type
 * and shape, and of samples of its bytes. Neither the order of the tensors nor how they
 * are spread over files matters.
 */
final class ModelRevision {

	private static final int SAMPLE = 64;

	private final MessageDigest hash = sha256();

	private ModelRevision() {
	}

	/** Returns 32 hexadecimal digits. */
	static String of(ModelConfig config, TensorSource tensors) {
		ModelRevision revision = new ModelRevision();
		revision.add(config);
		List<TensorView> ordered = tensors.all().stream().sorted(Comparator.comparing(TensorView::name)).toList();
		for (TensorView tensor : ordered) {
			revision.add(tensor);
		}
		return HexFormat.of().formatHex(revision.hash.digest(), 0, 16);
	}

	private void add(ModelConfig c) {
		add("%s %d %d %d %d %d %d %d %d %s %s %d %s".formatted(c.architecture(), c.layers(), c.hidden(),
				c.feedForward(), c.heads(), c.keyValueHeads(), c.headDim(), c.vocabulary(), c.contextLength(), c.tied(),
				c.norm(), c.activation(), c.logitCap()));
		add("%s %s".formatted(c.attention().scale(), c.attention().softCap()));
		for (LayerAttention layer : c.attention().layers()) {
			Rotation rotation = layer.rotation();
			Vector frequencies = rotation.frequencies();
			add("%d %d %d %s %s".formatted(layer.window(), rotation.style(), rotation.dimensions(),
					rotation.magnitude(), (frequencies != null) ? Arrays.toString(frequencies.values()) : ""));
		}
	}

	private void add(TensorView tensor) {
		add("%s %s %d %d".formatted(tensor.name(), tensor.type(), tensor.rows(), tensor.columns()));
		long last = Math.max(0, tensor.data().byteSize() - SAMPLE);
		for (long offset : new long[] { 0, last / 2, last }) {
			this.hash.update(sample(tensor.data(), offset));
		}
	}

	private void add(String line) {
		this.hash.update((line + "\n").getBytes(StandardCharsets.UTF_8));
	}

	private static byte[] sample(MemorySegment data, long offset) {
		return data.asSlice(offset, Math.min(SAMPLE, data.byteSize())).toArray(ValueLayout.JAVA_BYTE);
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java runtime has SHA-256", ex);
		}
	}

}
