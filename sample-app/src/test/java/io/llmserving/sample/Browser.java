package io.llmserving.sample;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import org.junit.jupiter.api.Assumptions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A Chromium that is installed on this machine, and all that a page complains of in it.
 */
final class Browser implements AutoCloseable {

	private final List<String> complaints = new ArrayList<>();

	private final List<String> requests = new ArrayList<>();

	private final Playwright playwright;

	private final com.microsoft.playwright.Browser browser;

	private Browser(Playwright playwright, Path executable) {
		this.playwright = playwright;
		this.browser = playwright.chromium()
			.launch(new BrowserType.LaunchOptions().setExecutablePath(executable)
				.setChromiumSandbox(false)
				.setArgs(List.of("--disable-gpu", "--disable-dev-shm-usage")));
	}

	/**
	 * Starts the browser; skips the calling test where there is none, unless the
	 * environment variable {@code LLM_SERVING_REQUIRE_TOOLS} is {@code true}.
	 */
	static Browser start() {
		Path executable = find();
		if (executable == null) {
			String problem = "Chromium is missing (Debian: apt-get install chromium)";
			System.out.println("SKIPPED: " + problem);
			assertThat(System.getenv("LLM_SERVING_REQUIRE_TOOLS")).as(problem).isNotEqualTo("true");
			Assumptions.abort(problem);
		}
		return new Browser(
				Playwright
					.create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))),
				executable);
	}

	private static Path find() {
		return Stream.of(System.getenv("PATH").split(File.pathSeparator))
			.flatMap((directory) -> Stream.of("chromium", "chromium-browser", "google-chrome")
				.map((name) -> Path.of(directory, name)))
			.filter(Files::isExecutable)
			.findFirst()
			.orElse(null);
	}

	/** Opens an empty page of a size. */
	Page page(int width, int height, boolean dark) {
		BrowserContext context = this.browser
			.newContext(new com.microsoft.playwright.Browser.NewContextOptions().setViewportSize(width, height)
				.setColorScheme(dark ? ColorScheme.DARK : ColorScheme.LIGHT));
		Page page = context.newPage();
		page.setDefaultTimeout(20_000);
		page.onConsoleMessage((message) -> {
			if (message.type().equals("error") || message.type().equals("warning")) {
				this.complaints.add(message.text());
			}
		});
		page.onPageError(this.complaints::add);
		page.onRequest((request) -> this.requests.add(request.url()));
		return page;
	}

	/** What pages wrote to the console, breaches of their policy among it. */
	List<String> complaints() {
		return this.complaints;
	}

	/** Addresses that pages loaded or called. */
	List<String> requests() {
		return this.requests;
	}

	@Override
	public void close() {
		this.browser.close();
		this.playwright.close();
	}

}
