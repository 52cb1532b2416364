package io.llmserving.bench.scenario;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.llmserving.bench.report.Table;
import tools.jackson.databind.JsonNode;

/**
 * Turns a row's JSON into Markdown.
 */
final class SuiteReport {

	private SuiteReport() {
	}

	/**
	 * Returns a heading and the row's table.
	 */
	static String section(String title, JsonNode document) {
		JsonNode result = document.path("result");
		Table table = switch (document.path("kind").asString("")) {
			case "peer" -> peer(result);
			case "compare" -> compare(result);
			case "goodput" -> goodput(result);
			default -> figures(result);
		};
		return "## " + title + "\n\n" + table.markdown() + "\n";
	}

	private static Table peer(JsonNode rows) {
		Table table = new Table("tokens/s", "engine", "median", "ours / engine");
		for (JsonNode row : rows) {
			for (JsonNode engine : row.path("engines")) {
				table.row(row.path("row").asString(), engine.path("engine").asString(),
						number(engine.path("tokensPerSecond").asDouble()), interval(engine.path("oursOverIt")));
			}
		}
		return table;
	}

	private static Table compare(JsonNode result) {
		Table table = new Table("server", "tokens/s", "TTFT p50, ms", "TPOT p50 / p99, ms", "ratio of tokens/s",
				"failed");
		for (Map.Entry<String, JsonNode> server : result.path("servers").properties()) {
			JsonNode load = server.getValue();
			table.row(server.getKey(), interval(load.path("tokensPerSecond")),
					number(load.path("timeToFirstToken").path("p50").asDouble()),
					number(load.path("timePerOutputToken").path("p50").asDouble()) + " / "
							+ number(load.path("timePerOutputToken").path("p99").asDouble()),
					ratio(result, server.getKey()), load.path("outcomes").path("FAILED").asInt(0));
		}
		return table;
	}

	private static String ratio(JsonNode result, String server) {
		for (JsonNode ratio : result.path("ratios")) {
			if (ratio.path("server").asString().equals(server)
					&& ratio.path("measure").asString().equals(Measure.TOKENS.text())) {
				return interval(ratio.path("ratio"));
			}
		}
		return "1";
	}

	private static Table goodput(JsonNode result) {
		Table table = new Table("server", "requests/s", "ours / server");
		for (JsonNode found : result.path("found")) {
			table.row(found.path("server").asString(), interval(found.path("rate")),
					interval(found.path("firstOverIt")));
		}
		return table;
	}

	/** Every number and interval of a result that is not about single requests. */
	private static Table figures(JsonNode result) {
		Table table = new Table("figure", "value");
		add(table, "", result);
		return table;
	}

	private static void add(Table table, String path, JsonNode node) {
		for (Map.Entry<String, JsonNode> field : node.properties()) {
			JsonNode value = field.getValue();
			String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
			if (value.isNumber()) {
				table.row(name, number(value.asDouble()));
			}
			else if (fields(value).equals(Set.of("value", "low", "high"))) {
				table.row(name, interval(value));
			}
			else if (value.isObject()) {
				add(table, name, value);
			}
			else if (value.isArray()) {
				for (JsonNode element : value) {
					add(table, name + "[" + element.path("streams").asInt(0) + "]", element);
				}
			}
		}
	}

	private static Set<String> fields(JsonNode node) {
		return Set.copyOf(node.propertyNames());
	}

	private static String interval(JsonNode interval) {
		return "%s (%s to %s)".formatted(number(interval.path("value").asDouble()),
				number(interval.path("low").asDouble()), number(interval.path("high").asDouble()));
	}

	private static String number(double value) {
		return String.format(Locale.ROOT, (Math.abs(value) >= 100) ? "%,.0f" : "%.2f", value);
	}

}
