package io.llmserving.sample;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.SamplingParameters;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The playground in a browser, over the sample application with its tiny model.
 */
class PlaygroundTests {

	private static final Path SCREENSHOTS = Path.of("target/screenshots");

	static {
		PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
	}

	@Test
	void aPromptIsAnsweredWithProbabilitiesWhileTheEngineIsWatched() {
		try (Browser browser = Browser.start(); RunningSample sample = RunningSample.start(List.of())) {
			Page page = browser.page(1280, 860, false);
			page.navigate(sample.root() + "/llm");
			assertThat(page).hasURL(sample.root() + "/llm/");
			assertThat(page.getByLabel("Model")).hasValue("tiny");
			assertThat(page.locator("#model-state")).hasText("ready");
			page.getByLabel("Temperature").fill("0");
			page.getByLabel("Most tokens").fill("60");
			Locator prompt = page.getByLabel("Prompt", new Page.GetByLabelOptions().setExact(true));
			prompt.fill("What color is the sky?");
			prompt.press("Enter");
			assertThat(page.locator("#status")).hasText("The answer is complete");
			Locator answer = page.locator("article.assistant .text");
			assertThat(answer).containsText("blue");
			assertThat(page.locator("article.assistant footer")).containsText("first token after");
			assertThat(page.locator("article.assistant footer")).containsText("ended by itself");
			Locator token = answer.locator(".token").first();
			token.hover();
			assertThat(page.locator("#tip")).isVisible();
			assertThat(page.locator("#tip tr")).hasCount(5);
			assertThat(page.locator("#tip tr.taken")).containsText("%");
			page.screenshot(shot("answer.png"));
			page.mouse().move(5, 5);
			assertThat(page.locator("#tip")).isHidden();
			answer.focus();
			answer.press("ArrowRight");
			answer.press("ArrowRight");
			assertThat(answer.locator(".token").nth(1)).hasClass(Pattern.compile(".*active.*"));
			page.locator("#prompt").fill("What color is the sky?");
			page.locator("#send").click();
			assertThat(page.locator("article.assistant footer").nth(1)).containsText("16 from the cache");
			assertThat(page.locator("#totals")).containsText("2 answered");
			assertThat(page.locator("#hits")).not().hasText("0 %");
			page.locator("#reset").click();
			assertThat(page.locator("article")).hasCount(0);
			assertThat(browser.complaints()).isEmpty();
			assertThat(browser.requests()).isNotEmpty().allMatch((url) -> url.startsWith(sample.root() + "/"));
		}
	}

	@Test
	void tokensThatComeTogetherWithTheEndAreToldApart() {
		try (Browser browser = Browser.start(); RunningSample sample = RunningSample.start(List.of())) {
			Page page = browser.page(1180, 760, false);
			page.navigate(sample.root() + "/llm/");
			assertThat(page.locator("#model-state")).hasText("ready");
			page.route("**/v1/chat/completions", PlaygroundTests::atOnce);
			page.locator("#prompt").fill("Hello");
			page.locator("#send").click();
			assertThat(page.locator("#status")).hasText("The answer is complete");
			Locator tokens = page.locator("article.assistant .text .token");
			assertThat(tokens).hasText(new String[] { "Blue", " sky" });
			tokens.first().hover();
			assertThat(page.locator("#tip tr")).hasCount(1);
		}
	}

	@Test
	void aLongAnswerIsSeenInTheEngineAndStopped() {
		try (Browser browser = Browser.start();
				RunningSample sample = RunningSample.start(List.of(SlowSteps.class),
						"--llm.serving.models.tiny.kv-cache.size=2MB")) {
			Page page = browser.page(390, 844, true);
			page.navigate(sample.root() + "/llm/");
			assertThat(page.locator("#blocks")).not().hasText("");
			assertThat(page.locator("#held")).hasText("0");
			page.getByLabel("Most tokens").fill("1900");
			page.getByLabel("System prompt").fill("You are terse.");
			page.locator("#prompt").fill("Write a very long story.");
			page.route("**/v1/chat/completions", PlaygroundTests::endlessly);
			page.locator("#send").click();
			assertThat(page.locator("article.assistant .token").nth(20)).isAttached();
			assertThat(page.locator("#running")).hasText("1");
			assertThat(page.locator("#held")).not().hasText("0");
			assertThat(page.locator("#map")).hasAttribute("aria-label", Pattern.compile(".*: [1-9]\\d* in use.*"));
			page.screenshot(shot("phone.png"));
			page.locator("#stop").click();
			assertThat(page.locator("#status")).hasText("Stopped");
			assertThat(page.locator("#running")).hasText("0");
			assertThat(page.locator("#held")).hasText("0");
			Awaitility.await()
				.atMost(Duration.ofSeconds(20))
				.until(() -> sample.engine().statistics().requestsCancelled() == 1);
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void choicesThatShareBlocksAreSeen() {
		try (Browser browser = Browser.start();
				RunningSample sample = RunningSample.start(List.of(), "--llm.serving.models.tiny.kv-cache.size=2MB")) {
			Page page = browser.page(1180, 760, true);
			page.navigate(sample.root() + "/llm/");
			assertThat(page.locator("#model-state")).hasText("ready");
			SamplingParameters three = SamplingParameters.builder().n(3).maxTokens(600).ignoreEos(true).build();
			GenerationRequest request = GenerationRequest.chat(List.of(ChatMessage.user("word ".repeat(100))))
				.sampling(three)
				.build();
			Disposable generation = sample.engine().generate(request).repeat().subscribe();
			assertThat(page.locator("#shared")).not().hasText("0");
			assertThat(page.locator("#running")).hasText("3");
			page.screenshot(shot("shared.png"));
			generation.dispose();
			assertThat(page.locator("#shared")).hasText("0");
			assertThat(page.locator("#cached")).not().hasText("0");
			assertThat(browser.complaints()).isEmpty();
		}
	}

	@Test
	void aModelThatIsLoadedLaterCanBeChosen() {
		try (Browser browser = Browser.start(); RunningSample sample = RunningSample.start(List.of())) {
			Page page = browser.page(1180, 760, false);
			page.navigate(sample.root() + "/llm/");
			assertThat(page.locator("#engine-model")).hasText("tiny");
			assertThat(page.locator("#model option")).hasCount(1);
			sample.serving()
				.load(new ModelDefinition("late", "classpath:io/llmserving/test/tiny.gguf", Map.of()))
				.block(Duration.ofMinutes(1));
			assertThat(page.locator("#model option")).hasCount(2);
			assertThat(page.getByLabel("Model")).hasValue("tiny");
			page.getByLabel("Model").selectOption("late");
			assertThat(page.locator("#engine-model")).hasText("late");
			assertThat(page.locator("#model-state")).hasText("ready");
			page.locator("#prompt").fill("Hello");
			page.locator("#send").click();
			assertThat(page.locator("#totals")).containsText("1 answered");
			assertThat(browser.complaints()).isEmpty();
		}
	}

	/** Lets an answer go on to its token limit. */
	private static void endlessly(Route route) {
		String body = route.request().postData().replaceFirst("\\{", "{\"ignore_eos\":true,");
		route.resume(new Route.ResumeOptions().setPostData(body));
	}

	/**
	 * Answers as the server does when a reader was slow: several tokens and the end in
	 * one chunk.
	 */
	private static void atOnce(Route route) {
		String tokens = Stream.of("Blue", " sky", "<|im_end|>")
			.map((token) -> "{\"token\":\"%s\",\"logprob\":-0.1,\"bytes\":%s,\"top_logprobs\":[]}".formatted(token,
					Arrays.toString(token.getBytes(StandardCharsets.UTF_8))))
			.collect(Collectors.joining(","));
		String chunk = """
				{"choices":[{"index":0,"delta":{"content":"Blue sky"},"logprobs":{"content":[%s]},"finish_reason":"stop"}]}"""
			.formatted(tokens);
		route.fulfill(new Route.FulfillOptions().setContentType("text/event-stream")
			.setBody("data: " + chunk + "\n\ndata: [DONE]\n\n"));
	}

	private static Page.ScreenshotOptions shot(String name) {
		return new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name));
	}

}
