package io.llmserving.text.template;

/**
 * A compiled template. Immutable; may be run by several threads at once.
 *
 * @param function the template's variables
 * @param entry what sets them up
 * @param body the template's statements
 */
record Program(Function function, Frame.Entry entry, Statement body) {

	Text run(Execution run) {
		Env env = this.function.call(null);
		TextBuilder out = new TextBuilder();
		this.entry.enter(run, env);
		this.body.execute(run, env, out);
		return out.build();
	}

}
