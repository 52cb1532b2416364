package io.llmserving.text.template;

import io.llmserving.text.template.ChatTemplateException.Kind;

/**
 * A failure inside the interpreter, before its line is known.
 */
final class Failure extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final Kind kind;

	private final String problem;

	private Failure(Kind kind, String problem) {
		super(problem, null, false, false);
		this.kind = kind;
		this.problem = problem;
	}

	static Failure runtime(String message) {
		return new Failure(Kind.RUNTIME, message);
	}

	static Failure raised(String message) {
		return new Failure(Kind.RAISED, message);
	}

	static Failure limit(String message) {
		return new Failure(Kind.LIMIT, message);
	}

	static Failure syntax(String message) {
		return new Failure(Kind.SYNTAX, message);
	}

	Kind kind() {
		return this.kind;
	}

	ChatTemplateException at(int line) {
		ChatTemplateException exception = new ChatTemplateException(this.kind, this.problem, line);
		exception.setStackTrace(new StackTraceElement[0]);
		return exception;
	}

}
