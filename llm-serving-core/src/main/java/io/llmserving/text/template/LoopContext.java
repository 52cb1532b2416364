package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

import org.jspecify.annotations.Nullable;

/**
 * The variable {@code loop} of a for loop.
 */
final class LoopContext implements Iterator<Object>, Callable {

	private static final Parameters CALL = new Parameters("loop", 1, "iterable");

	private final Object iterable;

	private Iterator<Object> items;

	private final LoopCompiler.@Nullable Recursion recursion;

	private final int depth;

	private long index0 = -1;

	private long length = -1;

	private @Nullable Object before;

	private @Nullable Object current;

	private @Nullable Object after;

	private @Nullable Tuple changed;

	LoopContext(Object iterable, Iterator<Object> items, LoopCompiler.@Nullable Recursion recursion, int depth) {
		this.iterable = iterable;
		this.items = items;
		this.recursion = recursion;
		this.depth = depth;
	}

	@Override
	public boolean hasNext() {
		return peek() != null;
	}

	@Override
	public Object next() {
		Object item = peek();
		if (item == null) {
			throw new NoSuchElementException();
		}
		this.after = null;
		this.before = this.current;
		this.current = item;
		this.index0++;
		return item;
	}

	private @Nullable Object peek() {
		if (this.after == null && this.items.hasNext()) {
			this.after = this.items.next();
		}
		return this.after;
	}

	long length() {
		if (this.length < 0) {
			long known = Iteration.length(this.iterable);
			if (known < 0) {
				List<Object> rest = new ArrayList<>();
				this.items.forEachRemaining(rest::add);
				this.items = rest.iterator();
				known = rest.size() + this.index0 + 1 + ((this.after != null) ? 1 : 0);
			}
			this.length = known;
		}
		return this.length;
	}

	@Nullable Object attribute(String name) {
		return switch (name) {
			case "index" -> this.index0 + 1;
			case "index0" -> this.index0;
			case "revindex" -> length() - this.index0;
			case "revindex0" -> length() - this.index0 - 1;
			case "first" -> this.index0 == 0;
			case "last" -> peek() == null;
			case "length" -> length();
			case "depth" -> this.depth + 1L;
			case "depth0" -> (long) this.depth;
			case "previtem" ->
				(this.index0 == 0 || this.before == null) ? new Undefined("there is no previous item") : this.before;
			case "nextitem" -> {
				Object next = peek();
				yield (next != null) ? next : new Undefined("there is no next item");
			}
			case "cycle" -> new Method("cycle", (_, arguments) -> cycle(arguments.positional()));
			case "changed" -> new Method("changed", (run, arguments) -> changed(run, arguments.positional()));
			default -> null;
		};
	}

	private Object cycle(List<Object> values) {
		if (values.isEmpty()) {
			throw Failure.runtime("no items for cycling given");
		}
		return values.get((int) (this.index0 % values.size()));
	}

	private Object changed(Execution run, List<Object> values) {
		Tuple now = new Tuple(values);
		boolean changed = this.changed == null || !Comparison.equal(run, this.changed, now);
		this.changed = now;
		return changed;
	}

	@Override
	public Object call(Execution run, Arguments arguments) {
		@Nullable Object[] bound = CALL.bind(arguments);
		if (this.recursion == null || bound[0] == null) {
			throw Failure.runtime("The loop must have the 'recursive' marker to be called recursively.");
		}
		return this.recursion.render(run, bound[0], this.depth + 1);
	}

}
