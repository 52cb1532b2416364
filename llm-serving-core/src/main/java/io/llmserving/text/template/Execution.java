package io.llmserving.text.template;

import java.math.BigInteger;
import java.time.Clock;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One rendering in progress: its variables, its clock, the line it is at, and how much of
 * its limits it has used. Not for use by several threads.
 */
final class Execution {

	private static final int CHARACTERS_PER_STEP = 32;

	private static final int ITEMS_PER_STEP = 8;

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
		fits(count);
		steps(count / CHARACTERS_PER_STEP);
	}

	/** Checks the length of a string while it grows, without counting it. */
	void fits(long count) {
		if (count > this.limits.characters()) {
			throw Failure.limit("The template made a text of " + count + " characters; at most "
					+ this.limits.characters() + " are allowed");
		}
	}

	/** Counts a text that has been written. */
	void output(Text text, TextBuilder out) {
		fits(out.length());
		steps(text.value().length() / CHARACTERS_PER_STEP);
	}

	/** Counts a look at all of a value, but not into the values in it. */
	void visit(Object value) {
		switch (value) {
			case Text text -> steps(text.value().length() / CHARACTERS_PER_STEP);
			case BigInteger number -> steps(number.bitLength() / CHARACTERS_PER_STEP);
			case List<?> list -> steps(list.size() / ITEMS_PER_STEP);
			case Tuple tuple -> steps(tuple.items().size() / ITEMS_PER_STEP);
			case Dict dict -> steps(dict.size() / ITEMS_PER_STEP);
			case Range range -> steps(range.size() / ITEMS_PER_STEP);
			case DictView view -> steps(view.items().size() / ITEMS_PER_STEP);
			default -> {
			}
		}
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
