package io.llmserving.engine;

/**
 * A model whose next token is a hash of all tokens before it and of the choice.
 */
final class ScriptedModel {

	private ScriptedModel() {
	}

	/** What the model answers. */
	static int[] answer(int[] prompt, int choice, int count, int vocabulary) {
		long history = 0;
		for (int token : prompt) {
			history = extend(history, token);
		}
		int[] tokens = new int[count];
		for (int i = 0; i < count; i++) {
			tokens[i] = next(history, choice, vocabulary);
			history = extend(history, tokens[i]);
		}
		return tokens;
	}

	static int next(long history, int choice, int vocabulary) {
		long mixed = (history + choice * 0x632BE59BD9B4E019L) * 0x9E3779B97F4A7C15L;
		return 1 + (int) Long.remainderUnsigned((mixed ^ mixed >>> 29) * 0xBF58476D1CE4E5B9L >>> 7, vocabulary - 1);
	}

	/** Returns the hash of a history with one more token. */
	static long extend(long history, int token) {
		return (history ^ token + 77) * 0x100000001B3L + (history >>> 29);
	}

	/** The logprob of a prompt's token behind the tokens before it. */
	static float score(int[] prompt, int position) {
		long history = 0;
		for (int i = 0; i < position; i++) {
			history = extend(history, prompt[i]);
		}
		return scoreOf(history, prompt[position]);
	}

	static float scoreOf(long history, int token) {
		return -Math.abs((int) (history ^ token) % 1000) / 100f;
	}

}
