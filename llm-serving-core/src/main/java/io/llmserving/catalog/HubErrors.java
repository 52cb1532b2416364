package io.llmserving.catalog;

import org.jspecify.annotations.Nullable;

/**
 * Says what the Hub's refusals mean and what to do about them.
 */
final class HubErrors {

	private HubErrors() {
	}

	/**
	 * Explains an answer.
	 * @param code the Hub's {@code X-Error-Code}
	 */
	static String explain(HubReference reference, HubSettings settings, int status, @Nullable String code) {
		String page = settings.endpoint() + "/" + reference.id();
		boolean token = settings.token() != null;
		String text = switch (String.valueOf(code)) {
			case "GatedRepo" -> gated(page, token);
			case "RevisionNotFound" -> "The repository has no revision \"%s\". Its branches and tags are listed at %s."
				.formatted(reference.revision(), page);
			case "EntryNotFound" ->
				"The revision lacks a file. Its files are listed at %s/tree/%s.".formatted(page, reference.revision());
			default -> byStatus(status, page, token);
		};
		return "%s: the Hub answered %d. %s".formatted(reference, status, text);
	}

	private static String gated(String page, boolean token) {
		return token
				? "The owner gives access on request: accept the terms at %s with the account that the token belongs to. A fine-grained token also needs the right to read gated repositories."
					.formatted(page)
				: "The owner gives access on request: accept the terms at %s, make a token at the Hub's settings and start with HF_TOKEN set to it."
					.formatted(page);
	}

	private static String byStatus(int status, String page, boolean token) {
		return switch (status) {
			case 401 -> token
					? "It does not accept the token, or %s does not exist. Check the name, and the token in HF_TOKEN or ~/.cache/huggingface/token."
						.formatted(page)
					: "%s does not exist, is private or gated. Check the name; for a private or gated one start with HF_TOKEN set to a token with access."
						.formatted(page);
			case 403 -> gated(page, token);
			case 404 -> "%s or its revision does not exist, or the token may not see it. Check the name and revision."
				.formatted(page);
			case 429 -> token ? "It limits requests. Try again later."
					: "It limits requests without a token. Set HF_TOKEN, or try again later.";
			default -> "Try again later, or name another Hub with HF_ENDPOINT.";
		};
	}

}
