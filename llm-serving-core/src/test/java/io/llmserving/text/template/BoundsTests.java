package io.llmserving.text.template;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.text.template.ChatTemplateException.Kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * What a template may cost.
 */
class BoundsTests {

	/** Far more than any of this takes, on a busy machine too. */
	private static final Duration QUICKLY = Duration.ofSeconds(60);

	private static final String FOREVER = "{% for i in range(100000) %}{% for j in range(100000) %}%s{% endfor %}{% endfor %}";

	/** A fiftieth of the default, so that all is tried soon. */
	private static final Limits SMALL = new Limits(1_000_000, 150, 1 << 22);

	@ParameterizedTest
	@ValueSource(strings = { "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
			"{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
			"{% macro f() %}{{ caller() }}{% call f() %}x{% endcall %}{% endmacro %}{% call f() %}x{% endcall %}",
			"{% macro f() %}{{ caller and 1 }}{% call f() %}{{ f() }}{% endcall %}{% endmacro %}{{ f() }}",
			"{% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}",
			"{% macro f(n) %}{{ f(n + 1) }}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
			"{% macro f(n) %}{% if n < 100 %}{{ f(n + 1) }}{{ f(n + 1) }}{% endif %}{% endmacro %}{{ f(0) }}",
			"{{ 'a' * 10**9 }}", "{{ 10**12 * 'a' }}", "{{ [0] * 10**9 }}", "{{ (1, 2) * 10**18 }}",
			"{% for i in range(100000) %}{% for j in range(100000) %}{{ i }}{% endfor %}{% endfor %}",
			"{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
			"{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}",
			"{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
			"{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s | replace('x', 'xx') %}{% endfor %}",
			"{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = [n.s, n.s] | join %}{% endfor %}",
			"{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = '%s%s' % (n.s, n.s) %}{% endfor %}",
			"{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = '{0}{0}'.format(n.s) %}{% endfor %}",
			"{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = n.l + n.l %}{% endfor %}",
			"{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}",
			"{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l | tojson }}",
			"{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = {'a': n.l, 'b': n.l} %}{% endfor %}{{ n.l | string }}",
			"{% set n = namespace(l=[1]) %}{% for i in range(5000) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l }}",
			"{% set n = namespace(l=[1]) %}{% for i in range(5000) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l | tojson(indent=2) }}",
			"{% set n = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}",
			"{% set n = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l < n.m }}",
			"{% set n = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l in [n.m] }}",
			"{% set n = namespace(l=(1,)) %}{% for i in range(60) %}{% set n.l = (n.l, n.l) %}{% endfor %}{{ {n.l: 1} }}",
			"{% set n = namespace(l=(1,)) %}{% for i in range(60) %}{% set n.l = (n.l, n.l) %}{% endfor %}{{ {}[n.l] }}",
			"{% set n = namespace() %}{% set n.n = n %}{{ n }}", "{{ 9**(9**9) }}", "{{ 2**(2**62) }}",
			"{% set n = namespace(x=3) %}{% for i in range(100) %}{% set n.x = n.x * n.x %}{% endfor %}",
			"{{ '%1000000000d' % 1 }}", "{{ '%.1000000000f' % 1.5 }}", "{{ '%*d' % (10**9, 1) }}",
			"{{ 'a'.center(10**9) }}", "{{ 'a' | center(10**9) }}", "{{ 'a'.ljust(10**9) }}", "{{ 'a'.rjust(10**9) }}",
			"{{ 'a'.zfill(10**9) }}", "{{ '\\t'.expandtabs(10**9) }}", "{{ [1] | batch(10**9, 0) | list }}",
			"{{ [1] | slice(10**9) | list }}" })
	void endlessTemplatesEndAtALimit(String template) {
		assertEndsAtALimit(template, SMALL);
	}

	@Test
	void theDefaultLimitsEndAnEndlessLoop() {
		assertEndsAtALimit(FOREVER.replace("%s", "{{ i }}"), Limits.DEFAULT);
	}

	@Test
	void largeRangesAreRefusedAsBySandboxes() {
		assertThatExceptionOfType(ChatTemplateException.class)
			.isThrownBy(() -> render("{% for i in range(10**9) %}{% endfor %}", Limits.DEFAULT))
			.withMessageContaining("larger than 100000");
	}

	@ParameterizedTest
	@ValueSource(strings = { "s | length", "s | upper", "s.lower()", "s | trim", "s.strip()", "s | wordcount",
			"s.split()", "s.split('b') | length", "s.rsplit('b')", "s.splitlines()", "s.count('b')", "s.find('z')",
			"s.rfind('z')", "s.startswith(s)", "s.startswith('a', 4000000)", "s.endswith(t)", "s == t", "s != t",
			"s < t", "'z' in s", "s in [t]", "s is upper", "s is lower", "s.isalpha()", "s.isspace()", "s.istitle()",
			"s[-1]", "s[3999999]", "s[:1]", "s[::-1]", "s | first", "s | last", "s | list", "s | reverse",
			"s | replace('z', 'y')", "s.replace('a', 'b')", "s | tojson", "[s] | string", "s | title", "s | capitalize",
			"s | e", "s | int", "s | float", "s | urlencode", "s | indent", "s | truncate(10)", "s.partition('z')",
			"s.removesuffix(t)", "s.casefold()", "s.swapcase()", "{s: 1}[t]", "t in {s: 1}", "{s: 1}.get(t)",
			"[s, t] | unique | list", "[s, t] | sort", "[s, t] | max", "[{'k': s}, {'k': t}] | groupby('k')", "s ~ t",
			"s + t", "'%s' % s", "'{}'.format(s)", "s is string and s | length",
			"s.encode is defined and s.isidentifier()", "[t].index(s)", "[t].count(s)", "(s, 1) == (t, 1)",
			"{'k': s} == {'k': t}", "s.isprintable()", "s.isascii()", "s | d('x') | length", "l | length and l | sum",
			"l | sort", "l | unique | list", "-1 in l", "l == m", "l < m", "l | join", "l | max", "l | min",
			"l | map('string') | list", "l | select('odd') | list", "l | reverse | list", "l[1:]", "l + m", "l | list",
			"l | last", "l | tojson", "l | string", "l.index(-1) if false else l.count(-1)", "l.copy()",
			"l | batch(3) | list", "l | slice(3) | list", "d.items() | list", "d.keys() | list", "d.values() | list",
			"d.copy()", "dict(d)", "d == e", "d | dictsort", "d | items | list", "d | list", "d | tojson", "d | string",
			"d | length and d.items() | length", "range(100000)[99999] and range(100000) | list",
			"range(100000) == range(1, 100001) or range(100000) | sum", "2 ** 19999 * 1",
			"(2 ** 19999) % (2 ** 9999 + 1)", "(2 ** 14000) | string", "x(*l)", "x(**d)", "dict(**d)" })
	void everyOperationCountsItsWork(String expression) {
		String set = "{% set s = 'ab c' * 1000000 %}{% set t = 'ab c' * 999999 ~ 'ab c' %}"
				+ "{% set l = range(100000) | list %}{% set m = range(100000) | list %}{% macro x() %}{% if varargs and kwargs %}{% endif %}{% endmacro %}";
		assertEndsAtALimit(set + FOREVER.replace("%s", "{% set y = " + expression + " %}"), SMALL);
	}

	static List<String> nested() {
		List<String> sources = new ArrayList<>();
		for (String each : List.of("(", "[", "-", "not ", "{'a':", "x[", "f(", "x.a if ", "x|default(")) {
			sources.add("{{ " + each.repeat(100_000) + "1");
			sources.add("{{ " + each.repeat(100_000) + "1 }}");
		}
		sources.add("{{ " + "(".repeat(50_000) + "1" + ")".repeat(50_000) + " }}");
		sources.add("{{ x" + ".a".repeat(100_000) + " }}");
		sources.add("{{ 1" + " + 1".repeat(100_000) + " }}");
		sources.add("{{ 1" + " ** 1".repeat(100_000) + " }}");
		sources.add("{{ 'a'" + " | trim".repeat(100_000) + " }}");
		sources.add("{% if 1 %}".repeat(50_000) + "{% endif %}".repeat(50_000));
		sources.add("{% for x in [1] %}".repeat(50_000) + "{% endfor %}".repeat(50_000));
		return sources;
	}

	@ParameterizedTest
	@MethodSource("nested")
	void deeplyNestedSourcesAreRefusedOrRendered(String source) {
		assertTimeoutPreemptively(QUICKLY, () -> {
			try {
				render(source, Limits.DEFAULT);
			}
			catch (ChatTemplateException ex) {
				assertThat(ex.getMessage()).hasSizeLessThan(500);
			}
		});
	}

	@Test
	void deeplyNestedVariablesAreRefused() {
		Object value = "x";
		for (int depth = 0; depth < 100_000; depth++) {
			value = List.of(value);
		}
		Map<String, Object> variables = Map.of("messages", value);
		assertThatExceptionOfType(ChatTemplateException.class)
			.isThrownBy(() -> ChatTemplate.compile("{{ messages }}").render(variables))
			.withMessageContaining("nested more than");
	}

	@Test
	void conversationsThatFillLargeContextsAreRendered() {
		String document = IntStream.range(0, 50_000)
			.mapToObj((line) -> "Line " + line + " of a document.\n")
			.reduce(new StringBuilder(), StringBuilder::append, StringBuilder::append)
			.toString();
		List<Map<String, Object>> messages = new ArrayList<>();
		for (int turn = 0; turn < 2000; turn++) {
			messages.add(Map.of("role", (turn % 2 == 0) ? "user" : "assistant", "content", "Turn " + turn));
		}
		messages.add(Map.of("role", "user", "content", document));
		String template = "{% for m in messages %}{{ m.role }}: {{ m.content | trim | replace('\\n', ' \\n') }}{{ m.content.split('\\n') | join(' ') }}{{ m.content | tojson }}{{ m.content | indent }}{{ m.content.splitlines() | tojson }}{{ '%s' % m.content }}{% endfor %}{{ messages | tojson(indent=2) }}{{ messages }}";
		assertThat(ChatTemplate.compile(template).render(Map.of("messages", messages)).text())
			.hasSizeGreaterThan(8 * document.length());
	}

	private static void assertEndsAtALimit(String template, Limits limits) {
		assertTimeoutPreemptively(QUICKLY,
				() -> assertThatExceptionOfType(ChatTemplateException.class).isThrownBy(() -> render(template, limits))
					.satisfies((ex) -> assertThat(ex.kind()).as(ex.getMessage()).isEqualTo(Kind.LIMIT))
					.satisfies((ex) -> assertThat(ex.getMessage()).hasSizeLessThan(200)));
	}

	private static String render(String template, Limits limits) {
		Map<String, Integer> large = new LinkedHashMap<>();
		IntStream.range(0, 50_000).forEach((key) -> large.put("k" + key, key));
		return ChatTemplate.compile(template)
			.render(Map.of("d", large, "e", large), TemplateCases.CLOCK, limits)
			.text();
	}

}
