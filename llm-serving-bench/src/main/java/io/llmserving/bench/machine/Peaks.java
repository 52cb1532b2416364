package io.llmserving.bench.machine;

/**
 * What the machine can do at best with so many threads at once. 0 where it has no such
 * instruction.
 *
 * @param int8Gops int8 products and sums, in 10^9 per second
 * @param bf16Gflops bf16 products and sums, in 10^9 per second
 * @param f32Gflops f32 products and sums, in 10^9 per second
 * @param readGbs reads from memory, in 10^9 bytes per second
 */
public record Peaks(int threads, double int8Gops, double bf16Gflops, double f32Gflops, double readGbs) {
}
