package io.llmserving.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import io.llmserving.weights.TensorSource;
import io.llmserving.weights.TensorType;
import io.llmserving.weights.TensorView;

/**
 * What is to be said of a model's weights as a whole.
 *
 * @param parameters number of values
 * @param bytes bytes in the files
 * @param type the type that most bytes have
 */
record WeightSummary(long parameters, long bytes, TensorType type) {

	private static final int SAMPLE = 64;

	static WeightSummary of(TensorSource tensors) {
		long parameters = 0;
		Map<TensorType, Long> bytes = new EnumMap<>(TensorType.class);
		for (TensorView tensor : tensors.all()) {
			parameters += tensor.rows() * tensor.columns();
			bytes.merge(tensor.type(), tensor.data().byteSize(), Long::sum);
		}
		TensorType type = bytes.entrySet()
			.stream()
			.max(Map.Entry.comparingByValue())
			.map(Map.Entry::getKey)
			.orElse(TensorType.F32);
		return new WeightSummary(parameters, bytes.values().stream().mapToLong(Long::longValue).sum(), type);
	}

	/**
	 * Returns a hash of names, types, shapes and samples, which does not depend on the
	 * order of the tensors nor on how they are spread over files.
	 */
	static String revision(TensorSource tensors) {
		MessageDigest hash = sha256();
		List<TensorView> ordered = tensors.all().stream().sorted(Comparator.comparing(TensorView::name)).toList();
		for (TensorView tensor : ordered) {
			String header = "%s %s %d %d\n".formatted(tensor.name(), tensor.type(), tensor.rows(), tensor.columns());
			hash.update(header.getBytes(StandardCharsets.UTF_8));
			long last = Math.max(0, tensor.data().byteSize() - SAMPLE);
			for (long offset : new long[] { 0, last / 2, last }) {
				hash.update(sample(tensor.data(), offset));
			}
		}
		return HexFormat.of().formatHex(hash.digest(), 0, 16);
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
