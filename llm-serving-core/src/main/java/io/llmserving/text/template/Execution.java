package io.llmserving.text.template;

import java.time.Clock;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One rendering in progress: its variables, its clock, the line it is at, and how much of
 * its limits it has used. Not for use by several threads.
 */
final class Execution {

	private static final int CHARACTERS_PER_STEP = 32;

	private final Map<String, Object> variables;

	private final Clock clock;

	private final Limits limits;

	private long steps;

	private int depth;

	private int line = 1;

	Execution(Map<String, Object> variables, Clock clock, Limits limits) {
		this.variables = variables;
		this.clock = clock;
		this.limits = limits;
	}

	@Nullable Object resolve(String name) {
		Object value = this.variables.get(name);
		return (value != null) ? value : Globals.find(name);
	}

	Clock clock() {
		return this.clock;
	}

	int line() {
		return this.line;
	}

	void line(int line) {
		this.line = line;
	}

	/** Counts work: about one unit per evaluated node or visited item. */
	void steps(long count) {
		this.steps += count;
		if (this.steps > this.limits.steps()) {
			throw Failure.limit("The template took more than " + this.limits.steps() + " steps");
		}
	}

	/** Counts a string that is about to be made, before memory is spent on it. */
	void characters(long count) {
		if (count > this.limits.characters()) {
			throw Failure.limit("The template made a text of " + count + " characters; at most "
					+ this.limits.characters() + " are allowed");
		}
		steps(count / CHARACTERS_PER_STEP);
	}

	/** Counts a text that has been written. */
	void output(Text text, TextBuilder out) {
		if (out.length() > this.limits.characters()) {
			characters(out.length());
		}
		steps(text.value().length() / CHARACTERS_PER_STEP);
	}

	/** Counts a list that is about to be made. */
	void items(long count) {
		characters(count);
		steps(count);
	}

	void enter() {
		if (++this.depth > this.limits.depth()) {
			throw Failure.limit("The template nests more than " + this.limits.depth() + " calls");
		}
	}

	void leave() {
		this.depth--;
	}

}
