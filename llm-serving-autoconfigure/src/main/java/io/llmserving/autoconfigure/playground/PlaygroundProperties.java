package io.llmserving.autoconfigure.playground;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the playground.
 *
 * @param enabled Whether there is a page to try the models in a browser.
 * @param path Path of the page.
 */
@ConfigurationProperties("llm.serving.playground")
record PlaygroundProperties(@DefaultValue("false") boolean enabled, @DefaultValue("/llm") String path) {

	PlaygroundProperties {
		if (!path.matches("(/[^/{}*?#]+)+")) {
			throw new IllegalArgumentException(
					"The path '%s' must begin with a slash and not end with one, such as /llm".formatted(path));
		}
	}

}
