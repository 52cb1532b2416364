package io.llmserving.text.template;

import java.nio.file.Path;
import java.util.List;

import io.llmserving.text.template.ExternalTools.Result;

/**
 * The chat templates of many vendors, which are fetched, not committed.
 */
final class VendorTemplates {

	private VendorTemplates() {
	}

	/**
	 * Returns the templates, fetched if need be; skips the test if that is impossible.
	 */
	static List<Path> fetch() {
		Path folder = ExternalTools.module("target/chat-templates");
		Result result = ExternalTools.run(List.of("bash",
				ExternalTools.module("src/test/scripts/fetch-chat-templates").toString(), folder.toString()));
		if (result.status() != 0) {
			ExternalTools.missing(
					"The chat templates of vendors are not tested, because they cannot be fetched: " + result.output()
							+ ". Needed are npm, git, tar (Debian: apt-get install npm git tar) and a network.");
		}
		return TemplateCases.in(folder);
	}

}
