package io.llmserving.runtime;

import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the structs declared here with those of the native header, by name, type and
 * order of the fields.
 */
class NativeHeaderTests {

	private static final Pattern STRUCT = Pattern.compile("typedef struct (llm_\\w+) \\{(.*?)\\} \\1;", Pattern.DOTALL);

	private static final Pattern KIND = Pattern.compile("LLM_(?:OP|PROFILE)_(\\w+) = (\\d+)");

	private static final Pattern FIELD = Pattern.compile("(?:const )?(\\w+) (\\*?)(\\w+)(?:\\[(\\d+)\\])?;");

	@Test
	void everyStructHasTheHeadersFields() throws IOException {
		String header = header();
		Map<String, List<String>> theirs = new LinkedHashMap<>();
		Matcher struct = STRUCT.matcher(header);
		while (struct.find()) {
			theirs.put(struct.group(1), fields(struct.group(2)));
		}
		Map<String, List<String>> ours = new LinkedHashMap<>();
		StructLayouts.all().forEach((name, layout) -> ours.put(name, fields(layout)));
		assertThat(ours).isEqualTo(theirs);
	}

	@Test
	void partsOfAStepHaveTheNumbersOfOperationsAndProfile() throws IOException {
		Map<String, Integer> theirs = new HashMap<>();
		Matcher kind = KIND.matcher(header());
		while (kind.find()) {
			theirs.put(kind.group(1), Integer.valueOf(kind.group(2)));
		}
		Map<String, Integer> ours = new HashMap<>(Map.of("KINDS", StepPart.values().length));
		for (StepPart part : StepPart.values()) {
			ours.put(part.name(), part.ordinal());
		}
		assertThat(ours).isEqualTo(theirs);
	}

	@Test
	void structsHaveNoHiddenPadding() {
		StructLayouts.all()
			.forEach((name, layout) -> assertThat(layout.byteSize() % layout.byteAlignment()).as(name).isZero());
	}

	private static String header() throws IOException {
		return Files.readString(Path.of("../native/include/llmserving/llmserving.h")).replaceAll("//[^\n]*", "");
	}

	private static List<String> fields(String body) {
		List<String> fields = new ArrayList<>();
		Matcher field = FIELD.matcher(body);
		while (field.find()) {
			String type = !field.group(2).isEmpty() ? "address" : switch (field.group(1)) {
				case "uint32_t", "int32_t" -> "int";
				case "uint64_t" -> "long";
				default -> field.group(1);
			};
			String count = (field.group(4) != null) ? "[" + field.group(4) + "]" : "";
			fields.add(type + count + " " + field.group(3));
		}
		return fields;
	}

	private static List<String> fields(StructLayout layout) {
		List<String> fields = new ArrayList<>();
		for (MemoryLayout member : layout.memberLayouts()) {
			fields.add(type(member) + " " + member.name().orElseThrow());
		}
		return fields;
	}

	private static String type(MemoryLayout member) {
		return switch (member) {
			case java.lang.foreign.AddressLayout address -> "address";
			case java.lang.foreign.ValueLayout value -> value.carrier().getSimpleName();
			case java.lang.foreign.SequenceLayout array ->
				type(array.elementLayout()) + "[" + array.elementCount() + "]";
			default -> "?";
		};
	}

}
