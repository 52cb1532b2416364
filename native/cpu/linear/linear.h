// Matrix products with packed weights: y = x · w^T.
//
// One float accumulation order over k per (weight type, instruction set, activation kind), whatever the number of rows
// of x, the units a caller asks for, and the thread that runs them: results are equal to the bit.
#ifndef LLMSERVING_LINEAR_LINEAR_H
#define LLMSERVING_LINEAR_LINEAR_H

#include <cstddef>
#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {

struct Matrix {
  uint32_t type; // llm_type it was packed from
  size_t rows;
  size_t columns;
  const void *data; // packed for the instruction set in use
};

// How x is presented to the kernels.
enum class ActivationKind { Int8, Bf16, F32 };

ActivationKind activation_kind(llm_isa isa, uint32_t weight_type, uint32_t activations /* llm_activations */);

// Bytes that packed activations of [rows][columns] take, 64-byte aligned.
size_t activation_bytes(llm_isa isa, ActivationKind kind, size_t rows, size_t columns);

// Rows that one worker packs must start at a multiple of this.
size_t activation_granularity(llm_isa isa, ActivationKind kind, size_t rows);

// Packs rows [first, last) of x [rows][stride]. Workers may pack disjoint ranges at the same time.
void pack_activations(llm_isa isa, ActivationKind kind, const float *x, size_t stride, size_t rows, size_t columns,
                      void *packed, size_t first, size_t last);

// Work units of a matrix: groups of weight rows that one worker computes.
size_t linear_units(const Matrix &w);
// First weight row of a unit; linear_row(w, linear_units(w)) == w.rows.
size_t linear_row(const Matrix &w, size_t unit);

// y[m][row] = packed[m] · w[row] + (bias ? bias[row] : 0) for all m < rows and the rows of units [first, last).
// y: row-major with y_stride floats per m.
void linear(llm_isa isa, const Matrix &w, ActivationKind kind, const void *packed, size_t rows, float *y,
            size_t y_stride, const float *bias, size_t first, size_t last);

// Dequantizes one row of a packed matrix: the embedding lookup. Equal to llm_dequantize of the file's row.
void unpack_row(llm_isa isa, const Matrix &w, size_t row, float *target);

size_t packed_bytes(llm_isa isa, uint32_t type, size_t rows, size_t columns); // 0 = not supported
uint64_t packed_layout(llm_isa isa, uint32_t type);
// Packs rows of one range of units; units as in linear_units.
void pack_units(llm_isa isa, uint32_t type, size_t rows, size_t columns, const void *source, void *target, size_t first,
                size_t last);

// The scalar twin of every type, on raw file blocks.
bool dequantize(uint32_t type, const void *source, size_t count, float *target);

} // namespace llmserving

#endif
