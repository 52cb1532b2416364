// The C ABI of the LLM serving engine: everything that Java calls, and nothing else.
//
// Rules
// - Every function that can fail returns an llm_status; llm_last_error() then has the text, for the calling thread.
// - No exception and no abort crosses this border. Arguments are checked; sizes and offsets of the structs are asserted
//   on both sides (llm_struct_layout). llm_abi_version() is called first.
// - A pointer handed in is used during the call only, unless its comment says "kept".
// - A context may be used by many threads: what computes (llm_pack, llm_step_await, llm_test_linear) takes turns on its
//   team, in the order of the calls. Its destruction is the last call.
// - A session belongs to one thread (the engine's): slots, submit and await are called by it alone.
// - All numbers are little-endian, all strings UTF-8.
#ifndef LLMSERVING_H
#define LLMSERVING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LLM_API __attribute__((visibility("default")))
#else
#define LLM_API
#endif

#define LLM_ABI_VERSION 2u

typedef int32_t llm_status;
enum {
  LLM_OK = 0,
  LLM_INVALID_ARGUMENT = 1,
  LLM_UNSUPPORTED = 2,
  LLM_OUT_OF_MEMORY = 3,
  LLM_TIMEOUT = 4,
  LLM_FAILED = 5
};

// Types of tensors in files. The numbers are GGUF's.
typedef enum llm_type {
  LLM_TYPE_F32 = 0,
  LLM_TYPE_F16 = 1,
  LLM_TYPE_Q4_0 = 2,
  LLM_TYPE_Q4_1 = 3,
  LLM_TYPE_Q5_0 = 6,
  LLM_TYPE_Q5_1 = 7,
  LLM_TYPE_Q8_0 = 8,
  LLM_TYPE_Q2_K = 10,
  LLM_TYPE_Q3_K = 11,
  LLM_TYPE_Q4_K = 12,
  LLM_TYPE_Q5_K = 13,
  LLM_TYPE_Q6_K = 14,
  LLM_TYPE_IQ4_NL = 20,
  LLM_TYPE_BF16 = 30
} llm_type;

typedef enum llm_isa {
  LLM_ISA_AUTO = 0,
  LLM_ISA_SCALAR = 1,
  LLM_ISA_AVX2 = 2,
  LLM_ISA_AVX512 = 3, // F, BW, DQ, VL, VNNI and BF16
  LLM_ISA_NEON = 4,
  LLM_ISA_AVX512_VNNI = 5, // as LLM_ISA_AVX512, without BF16
  LLM_ISA_AVX2_VNNI = 6    // AVX2 and AVX-VNNI
} llm_isa;

typedef enum llm_activations {
  LLM_ACTIVATIONS_AUTO = 0, // int8, one scale per 32, for integer weights; bf16 or f32 for float weights
  LLM_ACTIVATIONS_F32 = 1   // exact mode: f32 activations, f32 keys and values, f32 attention; the CPU only
} llm_activations;

// A device that lacks one refuses it by name (LLM_UNSUPPORTED): the CPU has F32, BF16 and INT8, GPUs have all but F32.
typedef enum llm_kv_type {
  LLM_KV_F32 = 0,
  LLM_KV_BF16 = 1,
  LLM_KV_F16 = 2,
  LLM_KV_E4M3 = 3, // 8-bit floating point, 3 bits of mantissa, saturating
  LLM_KV_E5M2 = 4, // 2 bits of mantissa
  LLM_KV_INT8 = 5  // one scale per token and head
} llm_kv_type;

// Keys of one attention chunk: chunks start at multiples of it, and partial results are merged in ascending order, so
// that an answer's bits do not depend on how the work was split. A block size divides it.
#define LLM_ATTENTION_CHUNK 128

typedef struct llm_context llm_context; // a device with its thread team
typedef struct llm_buffer llm_buffer;   // device memory
typedef struct llm_program llm_program; // a forward pass, lowered for the device
typedef struct llm_session llm_session; // a program with its cache, slots and steps in flight

// ---- library -------------------------------------------------------------------------------------------------------

LLM_API uint32_t llm_abi_version(void);

// The calling thread's last error; valid until its next call. Never null.
LLM_API const char *llm_last_error(void);

// Writes the size of a struct of this header, then the offset of each field in order of declaration. count: how many
// numbers there are. LLM_INVALID_ARGUMENT for an unknown name.
LLM_API llm_status llm_struct_layout(const char *name, uint32_t *values, uint32_t capacity, uint32_t *count);

// Whether this library finds a device that it can use, before any context: one JSON object,
// {"kind":"cuda","usable":true,"devices":[{"name":"…","architecture":"sm_90","processors":132,"memory":85899345920,
// "usable":true,"reason":""}],"reason":"","remedy":""}. Where usable is false, reason says why (no driver, one that is too
// old, no device, an architecture that has no kernels) and remedy what to do. A device's place in the list is its ordinal
// (llm_context_options). Truncated to capacity, always terminated.
LLM_API llm_status llm_device_probe(char *text, uint64_t capacity);

// ---- context -------------------------------------------------------------------------------------------------------

typedef struct llm_context_options {
  uint32_t threads;           // size of the team, the calling thread of a step included; 0 = physical cores; GPUs: of packing
  uint32_t isa;               // llm_isa; a set the machine lacks is LLM_UNSUPPORTED; ignored by GPUs
  uint32_t spin_microseconds; // how long workers spin inside and between steps before they park
  uint32_t device;            // ordinal of a GPU, as llm_device_probe lists them; the CPU has 0 alone
  uint32_t deterministic;     // 1 = a request's results are the same bits whatever else is in a step; the CPU's always are
  uint32_t reserved;
} llm_context_options;

typedef struct llm_memory {
  uint64_t allocated_bytes; // live bytes of buffers, programs and sessions, their scratch memory included
  uint64_t allocations;     // live allocations; the same before a session was created and after it was destroyed
} llm_memory;

LLM_API llm_status llm_context_create(const llm_context_options *options, llm_context **context);
// All buffers, programs and sessions of it must be destroyed before. Null is allowed.
LLM_API void llm_context_destroy(llm_context *context);
// One JSON object: {"kind":"cpu","isa":"avx512-vnni-bf16","threads":2,"cores":2,"nodes":[2],"cpu":"…","reason":"…",
// "processors":0,"memory":0}; nodes: threads on each NUMA node that has any; reason: why this set, or what a better one
// would need. A GPU's: {"kind":"cuda|hip|emulator","name":"…","architecture":"sm_90","driver":"…","processors":132,
// "memory":85899345920,"deterministic":false,"matrix_products":"own kernels: …"}; processors: those that attention's work
// is planned for, 0 for a CPU; memory: the device's bytes. Truncated to capacity, always terminated.
LLM_API llm_status llm_context_describe(llm_context *context, char *text, uint64_t capacity);
LLM_API llm_status llm_context_memory(llm_context *context, llm_memory *memory); // any thread

LLM_API llm_status llm_buffer_create(llm_context *context, uint64_t bytes, llm_buffer **buffer); // 64-byte aligned, zero
// A GPU's buffers are its own memory: the address is only good for handing back (llm_pack, llm_tensor, pools).
LLM_API void *llm_buffer_data(llm_buffer *buffer);
// Copies host memory into a buffer; done when it returns.
LLM_API llm_status llm_buffer_write(llm_buffer *buffer, uint64_t offset, const void *source, uint64_t bytes);
LLM_API void llm_buffer_destroy(llm_buffer *buffer);

// ---- weights -------------------------------------------------------------------------------------------------------

// Dequantizes count values of raw file blocks: the scalar twin, the specification of every type. count is a multiple of
// the type's block (1, 32 or 256).
LLM_API llm_status llm_dequantize(uint32_t type, const void *source, uint64_t count, float *target);

// Bytes of a matrix [rows][columns] of a raw type once packed for this context's instruction set. `layout` identifies
// the packed format, instruction set family and version: equal numbers mean interchangeable bytes.
LLM_API llm_status llm_packed_size(llm_context *context, uint32_t type, uint64_t rows, uint64_t columns,
                                   uint64_t *bytes, uint64_t *layout);
// Packs a row-major matrix of raw blocks, with the team. target: 64-byte aligned, of llm_packed_size bytes: inside a
// buffer of the context (a GPU packs on the host and uploads), on a CPU also memory of the caller's.
LLM_API llm_status llm_pack(llm_context *context, uint32_t type, uint64_t rows, uint64_t columns, const void *source,
                            void *target);

// ---- program -------------------------------------------------------------------------------------------------------

typedef enum llm_storage {
  LLM_STORAGE_PACKED = 0, // a matrix packed by llm_pack
  LLM_STORAGE_VECTOR = 1  // plain f32[columns], rows = 1: norms, biases, rotary frequencies
} llm_storage;

typedef struct llm_tensor {
  uint32_t storage; // llm_storage
  uint32_t type;    // llm_type it was packed from; LLM_TYPE_F32 for vectors
  uint64_t rows;
  uint64_t columns;
  const void *data; // kept until the program is destroyed; matrices: where llm_pack put them, vectors: host memory
  uint64_t bytes;
} llm_tensor;

// Operations. Values are f32 matrices [query tokens][width]. `in`, `out` index the program's values, `weight` its
// tensors; -1 = none. A step's tokens, positions and tables are inputs of the step, never of the operation.
typedef enum llm_op_kind {
  // out0[t] = f0 * row token(t) of weight0
  LLM_OP_EMBED = 1,
  // out0 = concatenation over j < i0 (1..4) of in0 · weight[j]^T + weight[4 + j] (bias vector or -1)
  LLM_OP_LINEAR = 2,
  // i0: 0 = RMS, 1 = Layer. weight0: scale, weight1: bias or -1. f0: epsilon, f1: added to the scale (1 where a file
  // stores scale - 1)
  LLM_OP_NORM = 3,
  // in0: [q heads | k heads | v heads]. Normalizes q and k per head (weight1, weight2: RMS scales or -1; f0 epsilon, f1
  // added), rotates them, writes k and v of each token to the cache, leaves q in out0 [heads * k_dim].
  // i0: heads, i1: cache, i2: rotated dimensions, i3: 0 = no rotation, 1 = halves (x[i], x[i + n/2]), 2 = neighbours
  // (x[2i], x[2i + 1]). weight0: f32[rotated / 2] frequencies; angle = position * frequency. f2: factor on cos and sin
  LLM_OP_ROPE_CACHE = 4,
  // in0: q [heads * k_dim] → out0 [heads * v_dim]: softmax(cap(f0 * q·k)) v over the cached tokens up to and including
  // the query's own. i0: heads, i1: cache. f0: scale, f1: soft cap (0 = none): cap(x) = f1 tanh(x / f1).
  // The window is the cache's group's: a query at p sees keys p - window + 1 .. p
  LLM_OP_ATTENTION = 5,
  // in0: [gate | up], each of half the width → out0 = act(gate) * up. i0: 0 = SiLU, 1 = GELU (tanh form), 2 = GELU (erf)
  LLM_OP_ACTIVATE_MULTIPLY = 6,
  // out0 = in0 + in1
  LLM_OP_ADD = 7
} llm_op_kind;

typedef struct llm_op {
  uint32_t kind; // llm_op_kind
  int32_t in[2];
  int32_t out;
  int32_t weight[8];
  int32_t i[4];
  float f[4];
} llm_op;

// Keys and values of one attention layer. Layers of a group share block tables; block = one span of block-size tokens
// of all layers of one group.
typedef struct llm_cache {
  int32_t group;
  int32_t layer; // index within the group, ascending from 0
  int32_t heads;
  int32_t k_dim;
  int32_t v_dim;
} llm_cache;

typedef struct llm_kv_group {
  int32_t window; // 0 = all tokens are visible
} llm_kv_group;

typedef struct llm_program_options {
  uint32_t activations; // llm_activations
  uint32_t kv_type;     // llm_kv_type; must be LLM_KV_F32 under LLM_ACTIVATIONS_F32
  uint32_t block_size;  // 16, 32, 64 or 128
  uint32_t vocabulary;
  int32_t hidden;       // value that holds the final hidden states
  int32_t head;         // tensor of the head [vocabulary][width]
  float logit_scale;    // logits = cap(logit_scale * hidden · head^T)
  float logit_cap;      // 0 = none
  uint32_t op_count;
  uint32_t value_count;
  uint32_t tensor_count;
  uint32_t cache_count;
  uint32_t group_count;
  uint32_t reserved;
  const llm_op *ops;
  const uint32_t *widths; // of each value
  const llm_tensor *tensors;
  const llm_cache *caches;
  const llm_kv_group *groups;
} llm_program_options;

LLM_API llm_status llm_program_create(llm_context *context, const llm_program_options *options, llm_program **program);
LLM_API void llm_program_destroy(llm_program *program);
// Bytes of one cache block: the largest that any group needs. A pool of n blocks has n times as many.
LLM_API llm_status llm_program_block_bytes(llm_program *program, uint64_t *bytes);

// ---- session -------------------------------------------------------------------------------------------------------

typedef struct llm_session_options {
  uint32_t max_tokens;     // query tokens of a step
  uint32_t max_sequences;  // sequences of a step
  uint32_t max_head_rows;  // head rows of a step
  uint32_t slots;          // sampler slots
  uint32_t blocks;         // of the pool
  uint32_t table_rows;     // rows of each group's block table
  uint32_t table_columns;  // blocks per row
  uint32_t reserved;
  void *pool;              // kept: blocks * block bytes, 64-byte aligned; in a buffer of the context
  const int32_t *tables;   // kept: [group][table row][table column] block ids, -1 = none. Java writes, submits read
} llm_session_options;

// Takes turns on a CPU's team where that has several NUMA nodes: they touch the pool's pages, all of them.
LLM_API llm_status llm_session_create(llm_program *program, const llm_session_options *options, llm_session **session);
LLM_API void llm_session_destroy(llm_session *session);
// Grows with every operation that a step finishes; for watchdogs. Any thread.
LLM_API uint64_t llm_session_progress(llm_session *session);

// What a profile tells apart: operations by their llm_op_kind, and these.
typedef enum llm_profile_kind {
  LLM_PROFILE_OTHER = 0,  // what a step does before and after its operations: plans, angles, copies of blocks
  LLM_PROFILE_HEAD = 8,   // logits of all head rows
  LLM_PROFILE_SAMPLE = 9, // tokens, logprobs and outputs from logits
  LLM_PROFILE_WAIT = 10,  // for other workers: at barriers, and until all have begun and ended
  LLM_PROFILE_KINDS = 11
} llm_profile_kind;

// Writes the nanoseconds of each kind that the calling thread, worker 0, spent in steps since the last call: each moment
// in one kind, so that their sum is the time of those steps. count: how many kinds to write, at most LLM_PROFILE_KINDS.
// on: 1 = measure from now on, 0 = no longer, which is how a session begins. The CPU only; LLM_UNSUPPORTED elsewhere.
LLM_API llm_status llm_session_profile(llm_session *session, uint32_t on, uint64_t *nanos, uint32_t count);

// What a slot's sampler jobs obey. Order: bias, suppressed ids (while position < min_tokens), repetition (prompt and
// output), frequency and presence (output), temperature, min_p, top_k, top_p; then argmax over the survivors of
// logit / temperature + Gumbel(word token id % 4 of Philox4x32-10(key = seed; counter = choice, position, token id / 4, 0)),
// ties to the lowest id. Logprobs are of the raw logits.
typedef struct llm_slot {
  int32_t slot;
  int32_t logprobs;   // alternatives to report, -1 = no logprobs at all
  float temperature;  // below 1e-5: argmax, no noise
  float top_p;        // 1 = off
  float min_p;        // 0 = off
  int32_t top_k;      // 0 or less = off
  float repetition;   // 1 = off
  float frequency;    // 0 = off
  float presence;     // 0 = off
  int32_t min_tokens;
  uint64_t seed;
  int32_t suppressed_count;
  int32_t bias_count;
  int32_t prompt_count; // tokens for the repetition penalty; 0 where it is off
  int32_t output_count; // tokens generated so far, for the penalties; 0 where all are off
  const int32_t *suppressed;
  const int32_t *bias_ids;
  const float *bias;
  const int32_t *prompt;
  const int32_t *output;
} llm_slot;

// Sets a slot anew. No step in flight may use it.
LLM_API llm_status llm_slot_set(llm_session *session, const llm_slot *slot);

typedef struct llm_token {
  int32_t id;      // the token, where job is -1
  int32_t job;     // else: the token that this sampler job of the step `ticket` chose
  uint64_t ticket;
} llm_token;

// Consecutive query rows of one sequence, at consecutive positions.
typedef struct llm_sequence {
  int32_t first_row;
  int32_t rows;
  int32_t position;  // of the first row
  int32_t table_row; // of every group's table
  int32_t adapter;   // -1 = none
  int32_t reserved;
} llm_sequence;

typedef enum llm_attention_mode {
  LLM_ATTENTION_FLAT = 0,   // one sequence, all its visible chunks, merged as they come
  LLM_ATTENTION_PARTIAL = 1 // some chunks of sequences whose blocks there are the same; merged afterwards, ascending
} llm_attention_mode;

// A piece of a group's attention work. Over the items of a group each visible chunk of each sequence occurs once.
typedef struct llm_attention_item {
  int32_t group;
  int32_t mode; // llm_attention_mode
  int32_t first_chunk;
  int32_t chunks;
  int32_t first; // range of the step's item_sequences, which index its sequences
  int32_t count;
} llm_attention_item;

typedef struct llm_block_op {
  int32_t kind;   // 0 = copy the first `tokens` tokens of block source to block target, all layers of the group
  int32_t after;  // 0 = before the forward pass, 1 = after it
  int32_t group;
  int32_t source;
  int32_t target;
  int32_t tokens;
} llm_block_op;

typedef struct llm_sample_job {
  int32_t row;      // index into head_rows
  int32_t slot;
  int32_t choice;
  int32_t position; // of the token to choose in the output, from 0
  int32_t commit;   // 1 = count the chosen token for the slot's penalties
  int32_t mask;     // index of its mask among those of llm_step_masks, -1 = none
} llm_sample_job;

typedef struct llm_sample_result {
  int32_t token;
  int32_t status;  // 0 = fine, 1 = a logit was not finite (token is -1), 2 = everything was masked (token is -1)
  float logprob;   // NaN where the slot asks for none
  int32_t rank;    // from 1, 0 where the slot asks for none
} llm_sample_result;

// A prompt token whose logprob is asked for: that of `token` under the logits of the row.
typedef struct llm_target {
  int32_t row;   // index into head_rows
  int32_t token;
  int32_t top;   // alternatives to report
  int32_t reserved;
} llm_target;

typedef struct llm_top {
  int32_t token; // -1 = unused entry
  float logprob;
} llm_top;

typedef struct llm_row_output {
  int32_t kind; // 0 = hidden states [width] of query row `row`, 1 = logits [vocabulary] of head row `row`
  int32_t row;
  float *data;  // kept until the step was awaited
} llm_row_output;

// A step. All pointers are kept until it was awaited, results included.
typedef struct llm_step {
  uint32_t token_count;
  uint32_t sequence_count;
  uint32_t item_count;
  uint32_t item_sequence_count;
  uint32_t block_op_count;
  uint32_t head_row_count;
  uint32_t job_count;
  uint32_t target_count;
  uint32_t output_count;
  uint32_t top_stride;   // entries of `job_tops` per job and of `target_tops` per target
  uint32_t masked;       // 1 = the sampler waits for llm_step_masks
  uint32_t reserved;
  const llm_token *tokens;
  const llm_sequence *sequences;
  const llm_attention_item *items;
  const int32_t *item_sequences;
  const llm_block_op *block_ops;
  const int32_t *head_rows; // query rows, ascending
  const llm_sample_job *jobs;
  const llm_target *targets;
  const llm_row_output *outputs;
  llm_sample_result *results; // one per job
  llm_top *job_tops;          // [job][top_stride], best first
  llm_sample_result *target_results; // one per target; status is unused
  llm_top *target_tops;       // [target][top_stride], best first
} llm_step;

// Accepts a step; up to four may be in flight. A device may do all its work inside await. Tickets ascend from 1.
LLM_API llm_status llm_step_submit(llm_session *session, const llm_step *step, uint64_t *ticket);
// Token masks for the step's jobs: bit id of mask m set = allowed. words: 32-bit words per mask. Kept until awaited.
LLM_API llm_status llm_step_masks(llm_session *session, uint64_t ticket, const uint32_t *masks, uint32_t count,
                                  uint32_t words);
// Runs or waits for the step; steps are awaited in order of their tickets. After an error the session is unusable: destroy it.
LLM_API llm_status llm_step_await(llm_session *session, uint64_t ticket, int64_t timeout_nanos);

// ---- tests ---------------------------------------------------------------------------------------------------------

// y[m][n] = x[m][k] · w^T by the context's kernels, exactly as a program's linear does it.
LLM_API llm_status llm_test_linear(llm_context *context, uint32_t activations, const llm_tensor *weight, const float *x,
                                   uint64_t rows, float *y);

typedef enum llm_fault {
  LLM_FAULT_LAUNCH = 1, // one launch of a kernel
  LLM_FAULT_MEMORY = 2, // one allocation of device memory
  LLM_FAULT_LOST = 3    // everything from a launch on
} llm_fault;

// Makes an emulated device fail at the launch, or allocation, that follows `after` others. LLM_UNSUPPORTED elsewhere.
LLM_API llm_status llm_test_fault(llm_context *context, uint32_t fault, uint64_t after);

#ifdef __cplusplus
}
#endif

#endif
