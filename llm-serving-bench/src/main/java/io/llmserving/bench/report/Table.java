package io.llmserving.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table of text, printed with aligned columns or as Markdown.
 */
public final class Table {

	private final List<List<String>> rows = new ArrayList<>();

	/**
	 * Starts a table with its columns' names.
	 */
	public Table(String... columns) {
		row(columns);
	}

	/**
	 * Adds a row.
	 */
	public Table row(Object... cells) {
		this.rows.add(Arrays.stream(cells).map(String::valueOf).toList());
		return this;
	}

	/**
	 * Returns the table for a terminal: the first column to the left, others to the
	 * right.
	 */
	public String text() {
		int[] widths = new int[this.rows.getFirst().size()];
		for (List<String> row : this.rows) {
			for (int i = 0; i < row.size(); i++) {
				widths[i] = Math.max(widths[i], row.get(i).length());
			}
		}
		StringBuilder text = new StringBuilder();
		for (List<String> row : this.rows) {
			for (int i = 0; i < row.size(); i++) {
				String space = " ".repeat(widths[i] - row.get(i).length());
				text.append((i == 0) ? row.get(i) + space : "  " + space + row.get(i));
			}
			text.append(System.lineSeparator());
		}
		return text.toString();
	}

	/**
	 * Returns the table in Markdown.
	 */
	public String markdown() {
		StringBuilder text = new StringBuilder(line(this.rows.getFirst()));
		text.append("|").append("---|".repeat(this.rows.getFirst().size())).append('\n');
		this.rows.stream().skip(1).map(Table::line).forEach(text::append);
		return text.toString();
	}

	private static String line(List<String> row) {
		return row.stream()
			.map((cell) -> cell.replace("|", "\\|").replace("\n", " "))
			.collect(Collectors.joining(" | ", "| ", " |\n"));
	}

}
