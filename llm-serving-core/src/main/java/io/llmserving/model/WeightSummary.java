package io.llmserving.model;

import java.util.EnumMap;
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

}
