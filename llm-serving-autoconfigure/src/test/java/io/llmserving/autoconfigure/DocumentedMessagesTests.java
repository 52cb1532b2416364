package io.llmserving.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The messages that {@code docs/troubleshooting.md} explains are those of the product:
 * each stands in the source, and no warning of the log or code of an error is left out.
 * What differs from case to case is an ellipsis on the page.
 */
class DocumentedMessagesTests {

	private static final Path PAGE = Path.of("../docs/troubleshooting.md");

	private static final String OTHERS = "## Messages of Maven, the JVM, Spring and others";

	private static final Pattern ROW = Pattern.compile("(?m)^\\| (?:`(\\w+)` \\| )?`([^`]+)` \\|");

	private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");

	/** A text that goes on behind a plus sign, perhaps with a value in between. */
	private static final Pattern JOINT = Pattern.compile("\"\\s*\\+\\s*(?:[^\"+;{]+\\+\\s*)?\"");

	private static final Pattern VALUE = Pattern.compile("\\{}|%(?:[-,.0-9]*[a-z]|n)");

	private static final Pattern LOGGED = Pattern
		.compile("\\blog(?:ger)?\\s*\\.(?:warn|error)\\(\\s*(\"(?:[^\"\\\\\\n]|\\\\.)*\")");

	private static final Pattern CODE = Pattern.compile("\\| `([a-z_]+)` \\|");

	private final String source = read(sources());

	@Test
	void everyMessageThatIsExplainedStandsInTheSource() {
		List<String> texts = TEXT.matcher(this.source)
			.results()
			.map((text) -> plain(text.group(1)))
			.filter((text) -> text.length() > 3)
			.toList();
		List<String> messages = messages();
		assertThat(messages).hasSizeGreaterThan(70)
			.allSatisfy((message) -> assertThat(texts).as(message).anyMatch((text) -> text.contains(message)));
	}

	@Test
	void everyWarningAndErrorOfTheLogIsExplained() {
		List<String> messages = messages();
		List<String> logged = LOGGED.matcher(this.source)
			.results()
			.map((call) -> plain(call.group(1).substring(1, call.group(1).length() - 1)))
			.toList();
		assertThat(logged).hasSizeGreaterThan(15)
			.allSatisfy((text) -> assertThat(messages).as(text).anyMatch(text::startsWith));
	}

	@Test
	void everyCodeOfAnErrorIsExplained() {
		String api = read(Stream.of(Path.of("../docs/openai-api.md")));
		int table = api.indexOf("| status | code | when |");
		Set<String> codes = Pattern.compile("`([a-z]+(?:_[a-z]+)+|overloaded)`")
			.matcher(api.substring(table, api.indexOf("\n\n", table)))
			.results()
			.map((code) -> code.group(1))
			.filter((code) -> this.source.contains("\"" + code + "\""))
			.collect(Collectors.toCollection(TreeSet::new));
		Set<String> explained = ROW.matcher(page())
			.results()
			.map((row) -> row.group(1))
			.filter((code) -> code != null)
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(codes).hasSizeGreaterThan(12);
		assertThat(explained).containsAll(codes)
			.allSatisfy((code) -> assertThat(this.source).contains("\"" + code + "\""));
	}

	private static List<String> messages() {
		List<String> messages = new ArrayList<>();
		ROW.matcher(page()).results().map((row) -> row.group(2).replace("\\|", "|")).forEach(messages::add);
		// A trailing ellipsis says no more than that the message goes on.
		messages.replaceAll((message) -> message.replaceAll("…$|^…(?=: )", ""));
		return messages;
	}

	/** The page without what others say. */
	private static String page() {
		String page = read(Stream.of(PAGE));
		assertThat(page).contains(OTHERS);
		return page.substring(0, page.indexOf(OTHERS));
	}

	private static String plain(String literal) {
		String text = literal.replace("\\\"", "\"").replace("\\n", " ").replace("%%", "\0");
		return VALUE.matcher(text).replaceAll("…").replace('\0', '%').replaceAll("…+", "…");
	}

	private static Stream<Path> sources() {
		return Stream.of("core", "autoconfigure", "spring-ai")
			.map((module) -> Path.of("../llm-serving-" + module + "/src/main/java"))
			.flatMap(DocumentedMessagesTests::walk)
			.filter((file) -> file.toString().endsWith(".java"))
			.sorted();
	}

	private static Stream<Path> walk(Path directory) {
		try {
			return Files.walk(directory);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Stream<Path> files) {
		return files.map((file) -> {
			try {
				return JOINT.matcher(Files.readString(file)).replaceAll(DocumentedMessagesTests::joined);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}).collect(Collectors.joining("\n"));
	}

	private static String joined(MatchResult joint) {
		return (joint.group().chars().filter((c) -> c == '+').count() > 1) ? "…" : "";
	}

}
