package io.llmserving.runtime;

import java.util.stream.Collectors;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a device says of itself.
 *
 * @param description for people
 * @param processors streaming multiprocessors or compute units, 0 for a CPU
 * @param memoryBytes memory of its own, 0 for one that uses the machine's
 */
record DeviceFacts(String description, int processors, long memoryBytes) {

	static DeviceFacts read(DeviceKind kind, String json) {
		JsonNode facts = JsonMapper.shared().readTree(json);
		String description = (kind == DeviceKind.CPU)
				? "CPU, %s (%s), %d threads on %d cores%s".formatted(facts.path("isa").asString(""),
						facts.path("reason").asString(""), facts.path("threads").asInt(0), facts.path("cores").asInt(0),
						nodes(facts.path("nodes")))
				: "%s, %s, %s, %d processors, %d MiB%s".formatted(kind.name(), facts.path("name").asString(""),
						facts.path("architecture").asString(""), facts.path("processors").asInt(0),
						facts.path("memory").asLong(0) >> 20,
						facts.path("deterministic").asBoolean(false) ? ", deterministic" : "");
		return new DeviceFacts(description, facts.path("processors").asInt(0), facts.path("memory").asLong(0));
	}

	private static String nodes(JsonNode threads) {
		return (threads.size() < 2) ? "" : " of %d NUMA nodes (%s threads)".formatted(threads.size(),
				threads.valueStream().map((node) -> node.asString("")).collect(Collectors.joining(" + ")));
	}

}
