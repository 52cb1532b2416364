package io.llmserving.runtime;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The structs of the native header, field by field in order of declaration. They have no
 * hidden padding; the library's own sizes and offsets are compared when it is loaded.
 */
final class StructLayouts {

	private static final Map<String, StructLayout> ALL = new LinkedHashMap<>();

	static final StructLayout CONTEXT_OPTIONS = struct("llm_context_options",
			ints("threads", "isa", "spin_microseconds", "device", "deterministic", "reserved"));

	static final StructLayout MEMORY = struct("llm_memory", longs("allocated_bytes", "allocations"));

	static final StructLayout TENSOR = struct("llm_tensor", ints("storage", "type"), longs("rows", "columns"),
			addresses("data"), longs("bytes"));

	static final StructLayout OP = struct("llm_op", ints("kind"), array("in", 2), ints("out"), array("weight", 8),
			array("i", 4), List.of(sequenceLayout(4, JAVA_FLOAT).withName("f")));

	static final StructLayout CACHE = struct("llm_cache", ints("group", "layer", "heads", "k_dim", "v_dim"));

	static final StructLayout KV_GROUP = struct("llm_kv_group", ints("window"));

	static final StructLayout PROGRAM_OPTIONS = struct("llm_program_options",
			ints("activations", "kv_type", "block_size", "vocabulary", "hidden", "head"),
			floats("logit_scale", "logit_cap"),
			ints("op_count", "value_count", "tensor_count", "cache_count", "group_count", "reserved"),
			addresses("ops", "widths", "tensors", "caches", "groups"));

	static final StructLayout SESSION_OPTIONS = struct("llm_session_options", ints("max_tokens", "max_sequences",
			"max_head_rows", "slots", "blocks", "table_rows", "table_columns", "reserved"),
			addresses("pool", "tables"));

	static final StructLayout SLOT = struct("llm_slot", ints("slot", "logprobs"),
			floats("temperature", "top_p", "min_p"), ints("top_k"), floats("repetition", "frequency", "presence"),
			ints("min_tokens"), longs("seed"), ints("suppressed_count", "bias_count", "prompt_count", "output_count"),
			addresses("suppressed", "bias_ids", "bias", "prompt", "output"));

	static final StructLayout TOKEN = struct("llm_token", ints("id", "job"), longs("ticket"));

	static final StructLayout SEQUENCE = struct("llm_sequence",
			ints("first_row", "rows", "position", "table_row", "adapter", "reserved"));

	static final StructLayout ATTENTION_ITEM = struct("llm_attention_item",
			ints("group", "mode", "first_chunk", "chunks", "first", "count"));

	static final StructLayout BLOCK_OP = struct("llm_block_op",
			ints("kind", "after", "group", "source", "target", "tokens"));

	static final StructLayout SAMPLE_JOB = struct("llm_sample_job",
			ints("row", "slot", "choice", "position", "commit", "mask"));

	static final StructLayout SAMPLE_RESULT = struct("llm_sample_result", ints("token", "status"), floats("logprob"),
			ints("rank"));

	static final StructLayout TARGET = struct("llm_target", ints("row", "token", "top", "reserved"));

	static final StructLayout TOP = struct("llm_top", ints("token"), floats("logprob"));

	static final StructLayout ROW_OUTPUT = struct("llm_row_output", ints("kind", "row"), addresses("data"));

	static final StructLayout STEP = struct("llm_step",
			ints("token_count", "sequence_count", "item_count", "item_sequence_count", "block_op_count",
					"head_row_count", "job_count", "target_count", "output_count", "top_stride", "masked", "reserved"),
			addresses("tokens", "sequences", "items", "item_sequences", "block_ops", "head_rows", "jobs", "targets",
					"outputs", "results", "job_tops", "target_results", "target_tops"));

	private StructLayouts() {
	}

	/**
	 * Returns every struct by its name in the header.
	 */
	static Map<String, StructLayout> all() {
		return ALL;
	}

	/**
	 * Returns a struct's size, then the offset of each field.
	 */
	static int[] numbers(StructLayout layout) {
		int[] numbers = new int[layout.memberLayouts().size() + 1];
		numbers[0] = Math.toIntExact(layout.byteSize());
		for (int i = 1; i < numbers.length; i++) {
			String field = layout.memberLayouts().get(i - 1).name().orElseThrow();
			numbers[i] = Math.toIntExact(offset(layout, field));
		}
		return numbers;
	}

	static long offset(StructLayout layout, String field) {
		return layout.byteOffset(MemoryLayout.PathElement.groupElement(field));
	}

	@SafeVarargs
	private static StructLayout struct(String name, List<? extends MemoryLayout>... parts) {
		List<MemoryLayout> fields = new ArrayList<>();
		for (List<? extends MemoryLayout> part : parts) {
			fields.addAll(part);
		}
		StructLayout layout = MemoryLayout.structLayout(fields.toArray(MemoryLayout[]::new)).withName(name);
		ALL.put(name, layout);
		return layout;
	}

	private static List<MemoryLayout> ints(String... names) {
		return named(JAVA_INT, names);
	}

	private static List<MemoryLayout> longs(String... names) {
		return named(JAVA_LONG, names);
	}

	private static List<MemoryLayout> floats(String... names) {
		return named(JAVA_FLOAT, names);
	}

	private static List<MemoryLayout> addresses(String... names) {
		return named(ADDRESS, names);
	}

	private static List<MemoryLayout> array(String name, int length) {
		return List.of(sequenceLayout(length, JAVA_INT).withName(name));
	}

	private static List<MemoryLayout> named(MemoryLayout type, String... names) {
		List<MemoryLayout> fields = new ArrayList<>();
		for (String name : names) {
			fields.add(type.withName(name));
		}
		return fields;
	}

}
