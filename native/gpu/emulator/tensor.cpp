// Matrix instructions of a warp. Layouts: PTX ISA, "Matrix Fragments for mma.m16n8k16" and "mma.m16n8k32", "ldmatrix".
#include <cstring>

#include "emulator/analysis.h"
#include "emulator/machine.h"
#include "emulator/traffic.h"

namespace llmserving {
namespace emulator {

namespace {

template <class T> float element(uint32_t word, uint32_t half) {
  return gpu::to_float(T{static_cast<uint16_t>(word >> (16 * half))});
}

float as_float(uint32_t bits) { return gpu::float_of_bits(bits); }

// Products are exact in 32 bits; sums run over k in order. Hardware sums in another order and truncates.
template <class T> void multiply_16816(Slot *slots) {
  float a[16][16], b[16][8], c[16][8];
  for (uint32_t lane = 0; lane < 32; lane++) {
    const uint32_t *in = slots[lane].in, g = lane / 4, t = lane % 4;
    for (uint32_t half = 0; half < 2; half++) {
      for (uint32_t r = 0; r < 4; r++)
        a[g + 8 * (r & 1)][2 * t + 8 * (r >> 1) + half] = element<T>(in[4 + r], half);
      for (uint32_t r = 0; r < 2; r++) {
        b[2 * t + 8 * r + half][g] = element<T>(in[8 + r], half);
        c[g + 8 * r][2 * t + half] = as_float(in[2 * r + half]);
      }
    }
  }
  for (int row = 0; row < 16; row++)
    for (int k = 0; k < 16; k++)
      for (int column = 0; column < 8; column++)
        c[row][column] += a[row][k] * b[k][column];
  for (uint32_t lane = 0; lane < 32; lane++)
    for (uint32_t i = 0; i < 4; i++)
      slots[lane].out[i] = gpu::bits_of_float(c[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2]);
}

int32_t byte_of(uint32_t word, uint32_t byte) { return static_cast<int8_t>(word >> (8 * byte)); }

void multiply_16832(Slot *slots) {
  int32_t a[16][32], b[32][8];
  uint32_t c[16][8]; // wraps, as the accumulator does
  for (uint32_t lane = 0; lane < 32; lane++) {
    const uint32_t *in = slots[lane].in, g = lane / 4, t = lane % 4;
    for (uint32_t byte = 0; byte < 4; byte++) {
      for (uint32_t r = 0; r < 4; r++)
        a[g + 8 * (r & 1)][4 * t + 16 * (r >> 1) + byte] = byte_of(in[4 + r], byte);
      for (uint32_t r = 0; r < 2; r++)
        b[4 * t + 16 * r + byte][g] = byte_of(in[8 + r], byte);
    }
    for (uint32_t i = 0; i < 4; i++)
      c[g + 8 * (i / 2)][2 * t + i % 2] = in[i];
  }
  for (int row = 0; row < 16; row++)
    for (int k = 0; k < 32; k++)
      for (int column = 0; column < 8; column++)
        c[row][column] += static_cast<uint32_t>(a[row][k] * b[k][column]);
  for (uint32_t lane = 0; lane < 32; lane++)
    for (uint32_t i = 0; i < 4; i++)
      slots[lane].out[i] = c[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2];
}

const char *row_of(const Slot &slot) {
  const char *row;
  memcpy(&row, slot.in, sizeof(row));
  return row;
}

void count_rows(const Slot *slots) {
  const void *rows[32];
  for (uint32_t lane = 0; lane < 32; lane++)
    rows[lane] = row_of(slots[lane]);
  count_ldmatrix(rows);
}

// Lane i supplied row i % 8 of matrix i / 8; lane l gets, of each matrix, elements 2 (l % 4) and the next of row l / 4;
// transposed: of column l / 4.
void load_matrices(Slot *slots, bool transposed) {
  for (uint32_t matrix = 0; matrix < 4; matrix++) {
    uint16_t values[8][8];
    for (uint32_t row = 0; row < 8; row++)
      memcpy(values[row], row_of(slots[8 * matrix + row]), 16);
    for (uint32_t lane = 0; lane < 32; lane++) {
      uint32_t major = lane / 4, minor = 2 * (lane % 4);
      uint32_t low = transposed ? values[minor][major] : values[major][minor];
      uint32_t high = transposed ? values[minor + 1][major] : values[major][minor + 1];
      slots[lane].out[matrix] = high << 16 | low;
    }
  }
}

template <class Sum, class Multiply>
Sum multiply(Collective kind, const Sum &c, gpu::u128 a, gpu::u64 b, Site site, Multiply compute) {
  Slot *slots = enter_warp(kind, site);
  Slot &mine = slots[lane_of(machine.current->thread)];
  memcpy(mine.in, &c, 16);
  memcpy(mine.in + 4, &a, 16);
  memcpy(mine.in + 8, &b, 8);
  if (last_of_warp()) {
    machine.report->traffic.mmas++;
    compute(slots);
    release_warp();
  } else {
    await_warp();
  }
  Sum sum;
  memcpy(&sum, mine.out, 16);
  return sum;
}

} // namespace

Accumulator mma_16816(MmaType type, Accumulator c, gpu::u128 a, gpu::u64 b, Site site) {
  return type == MmaType::Bf16 ? multiply(Collective::MmaBf16, c, a, b, site, multiply_16816<gpu::bf16>)
                               : multiply(Collective::MmaF16, c, a, b, site, multiply_16816<gpu::f16>);
}

IntAccumulator mma_16832(IntAccumulator c, gpu::u128 a, gpu::u64 b, Site site) {
  return multiply(Collective::MmaInt8, c, a, b, site, multiply_16832);
}

gpu::u128 ldmatrix_x4(const void *row, bool transposed, Site site) {
  Slot *slots = enter_warp(transposed ? Collective::LdmatrixTransposed : Collective::Ldmatrix, site);
  Slot &mine = slots[lane_of(machine.current->thread)];
  accessed(row, 16, Access::MatrixRow, __builtin_return_address(0));
  memcpy(mine.in, &row, sizeof(row));
  if (last_of_warp()) {
    if (machine.options.traffic)
      count_rows(slots);
    load_matrices(slots, transposed);
    release_warp();
  } else {
    await_warp();
  }
  gpu::u128 result;
  memcpy(&result, mine.out, sizeof(result));
  return result;
}

} // namespace emulator
} // namespace llmserving
