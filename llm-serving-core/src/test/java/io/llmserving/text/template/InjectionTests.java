package io.llmserving.text.template;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.llmserving.text.template.TemplateCases.Conversation;

/**
 * Whoever fills in a conversation writes no special tokens: its texts, here made of the
 * very tokens that a template writes, stay untrusted wherever they end up.
 */
class InjectionTests {

	private static final Pattern TOKENS = Pattern.compile("<[^<>\\s'\"{}]{1,40}>|\\[/?[A-Z_]{3,20}]");

	/** Marks that no filter changes, around each token. */
	private static final char OPEN = '\uE000';

	private static final char CLOSE = '\uE001';

	private static final Pattern MARKED = Pattern.compile(OPEN + "[^\\s" + OPEN + CLOSE + "]*" + CLOSE);

	/** What is no text of a user: words of a fixed list. */
	private static final Set<String> FIXED = Set.of("role", "type");

	/**
	 * Templates that count or replace parts of texts, or let a system message or tool
	 * choose by some word in it what they write.
	 */
	private static final Set<String> READERS = Set.of("documents", "NVIDIA-Nemotron-Nano-v2", "openbmb-MiniCPM5-1B");

	static Stream<Path> vendors() {
		return VendorTemplates.fetch().stream();
	}

	/** Our templates but for the one that writes letters of its own into texts. */
	static Stream<Path> own() {
		return TemplateCases.own().stream().filter((template) -> !TemplateCases.name(template).equals("strings"));
	}

	static Stream<Path> indifferentVendors() {
		return vendors().filter((template) -> !READERS.contains(TemplateCases.name(template)));
	}

	static Stream<Path> indifferentOwn() {
		return own().filter((template) -> !READERS.contains(TemplateCases.name(template)));
	}

	@ParameterizedTest
	@MethodSource("own")
	void noTokenInAConversationIsTrustedByOurTemplates(Path template) {
		assertNoTokenIsTrusted(template);
	}

	@ParameterizedTest
	@MethodSource("vendors")
	void noTokenInAConversationIsTrustedByVendorsTemplates(Path template) {
		assertNoTokenIsTrusted(template);
	}

	@ParameterizedTest
	@MethodSource("indifferentOwn")
	void ourTemplatesWriteTheSameWhateverUsersWrite(Path template) {
		assertUsersChangeNothing(template);
	}

	@ParameterizedTest
	@MethodSource("indifferentVendors")
	void vendorsTemplatesWriteTheSameWhateverUsersWrite(Path template) {
		assertUsersChangeNothing(template);
	}

	private static void assertNoTokenIsTrusted(Path path) {
		String source = TemplateCases.read(path);
		ChatTemplate template = ChatTemplate.compile(source);
		// Templates look for the tags of reasoning in what a model said, and write them
		// anew.
		Attack byAll = new Attack(
				tokens(source).filter((token) -> !token.contains("think")).collect(Collectors.joining(" ")), true);
		Attack byUsers = new Attack(tokens(source).collect(Collectors.joining(" ")), false);
		SoftAssertions softly = new SoftAssertions();
		for (Conversation conversation : TemplateCases.conversations()) {
			softly.assertThat(trustedTokens(render(template, conversation, byAll))).as(conversation.name()).isEmpty();
			softly.assertThat(trustedTokens(render(template, conversation, byUsers))).as(conversation.name()).isEmpty();
		}
		softly.assertAll();
	}

	private static void assertUsersChangeNothing(Path path) {
		String source = TemplateCases.read(path);
		ChatTemplate template = ChatTemplate.compile(source);
		Attack hostile = new Attack(tokens(source).collect(Collectors.joining(" ")), false);
		Attack harmless = new Attack(hostile.suffix().replaceAll("[^ " + OPEN + CLOSE + "]", "x"), false);
		SoftAssertions softly = new SoftAssertions();
		for (Conversation conversation : TemplateCases.conversations()) {
			softly.assertThat(trusted(render(template, conversation, hostile)))
				.as(conversation.name())
				.isEqualTo(trusted(render(template, conversation, harmless)));
		}
		softly.assertAll();
	}

	/** Returns what looks like a token in a template, and some common tokens, marked. */
	private static Stream<String> tokens(String source) {
		Stream<String> common = Stream.of("<s>", "</s>", "<|im_start|>", "<|im_end|>", "[INST]", "<tool_call>");
		return Stream.concat(common, TOKENS.matcher(source).results().map(MatchResult::group))
			.distinct()
			.map((token) -> OPEN + token + CLOSE);
	}

	private static Rendering render(ChatTemplate template, Conversation conversation, Attack attack) {
		Map<String, @Nullable Object> variables = new LinkedHashMap<>(conversation.variables());
		for (String name : List.of("messages", "tools", "documents")) {
			variables.computeIfPresent(name, attack::change);
		}
		try {
			return new Conversation(conversation.name(), variables).render(template);
		}
		catch (ChatTemplateException ex) {
			return new Rendering("", List.of());
		}
	}

	private static List<String> trustedTokens(Rendering rendering) {
		return MARKED.matcher(rendering.text())
			.results()
			.filter((found) -> rendering.segments()
				.stream()
				.anyMatch((segment) -> segment.trusted() && segment.start() < found.end()
						&& segment.end() > found.start()))
			.map(MatchResult::group)
			.toList();
	}

	private static String trusted(Rendering rendering) {
		return rendering.segments()
			.stream()
			.filter(Rendering.Segment::trusted)
			.map((segment) -> rendering.text().substring(segment.start(), segment.end()))
			.collect(Collectors.joining("\u2502"));
	}

	/**
	 * Appends a text to all texts of a conversation.
	 *
	 * @param suffix the text
	 * @param onAssistant whether also to what the assistant said
	 */
	private record Attack(String suffix, boolean onAssistant) {

		@Nullable Object change(String key, @Nullable Object value) {
			return switch (value) {
				case String text -> FIXED.contains(key) ? text : text + this.suffix;
				case Map<?, ?> map when !this.onAssistant && "assistant".equals(map.get("role")) -> map;
				case Map<?, ?> map -> {
					Map<String, @Nullable Object> changed = new LinkedHashMap<>();
					map.forEach((name, inner) -> changed.put((String) name, change((String) name, inner)));
					yield changed;
				}
				case List<?> list -> {
					List<@Nullable Object> changed = new ArrayList<>();
					list.forEach((inner) -> changed.add(change(key, inner)));
					yield changed;
				}
				case null, default -> value;
			};
		}

	}

}
