package io.llmserving.bench.engine;

import java.io.IOException;
import java.util.Arrays;

/**
 * Reads the table that {@code llama-batched-bench} prints:
 * {@code |PP|TG|B|N_KV|T_PP s|S_PP t/s|T_TG s|S_TG t/s|T s|S t/s|}.
 */
final class BatchedBenchOutput {

	private static final int COLUMNS = 10;

	private BatchedBenchOutput() {
	}

	/**
	 * Returns the generated tokens per second of a row.
	 * @throws IOException if the output has no such row
	 */
	static double rate(String output, EngineRow row) throws IOException {
		for (String line : output.lines().toList()) {
			String[] cells = Arrays.stream(line.strip().split("\\|"))
				.map(String::strip)
				.filter((cell) -> !cell.isEmpty())
				.toArray(String[]::new);
			if (cells.length == COLUMNS && cells[0].equals(Integer.toString(row.before()))
					&& cells[1].equals(Integer.toString(row.generated()))
					&& cells[2].equals(Integer.toString(row.streams()))) {
				return Double.parseDouble(cells[7]);
			}
		}
		throw new IOException("llama-batched-bench printed nothing on %s: %s".formatted(row.name(), output));
	}

}
