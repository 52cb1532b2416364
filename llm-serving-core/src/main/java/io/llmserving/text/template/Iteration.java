package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Going through the items of a value.
 */
final class Iteration {

	private Iteration() {
	}

	/** Returns the items of a value, or null if it cannot be iterated. */
	@SuppressWarnings("unchecked")
	static @Nullable Iterator<Object> maybe(Object value) {
		return switch (value) {
			case List<?> list -> ((List<Object>) list).iterator();
			case Tuple tuple -> tuple.items().iterator();
			case Dict dict -> dict.keys().iterator();
			case Text text -> text.characters();
			case Generator generator -> generator;
			case LoopContext loop -> pairs(loop);
			case DictView view -> view.items().iterator();
			case Range range -> range.items().iterator();
			case Undefined _ -> Collections.emptyIterator();
			default -> null;
		};
	}

	private static Iterator<Object> pairs(LoopContext loop) {
		return map(loop, (item) -> Tuple.of(item, loop));
	}

	static Iterator<Object> of(Object value) {
		Iterator<Object> items = maybe(value);
		if (items == null) {
			throw Failure.runtime("'" + TypeNames.of(value) + "' object is not iterable");
		}
		return items;
	}

	static List<Object> list(Execution run, Object value) {
		List<Object> list = new ArrayList<>();
		Iterator<Object> items = of(value);
		while (items.hasNext()) {
			Object item = items.next();
			run.steps(1);
			run.visit(item);
			list.add(item);
		}
		return list;
	}

	/** Returns Python's {@code len}, or -1 if the value has none. */
	static long length(Object value) {
		return switch (value) {
			case List<?> list -> list.size();
			case Tuple tuple -> tuple.items().size();
			case Dict dict -> dict.size();
			case Text text -> text.length();
			case DictView view -> view.items().size();
			case Range range -> range.size();
			case LoopContext loop -> loop.length();
			case Undefined _ -> 0;
			default -> -1;
		};
	}

	/** Returns the items that can be indexed, or null for values other than lists. */
	@SuppressWarnings("unchecked")
	static @Nullable List<Object> sequence(Object value) {
		return switch (value) {
			case List<?> list -> (List<Object>) list;
			case Tuple tuple -> tuple.items();
			default -> null;
		};
	}

	static Iterator<Object> map(Iterator<Object> items, UnaryOperator<Object> change) {
		return new Iterator<>() {
			@Override
			public boolean hasNext() {
				return items.hasNext();
			}

			@Override
			public Object next() {
				return change.apply(items.next());
			}
		};
	}

	/** Returns those items that pass a test, each tested when it is asked for. */
	static Iterator<Object> select(Iterator<Object> items, Predicate<Object> test) {
		return new Iterator<>() {
			private @Nullable Object next;

			@Override
			public boolean hasNext() {
				while (this.next == null && items.hasNext()) {
					Object item = items.next();
					this.next = test.test(item) ? item : null;
				}
				return this.next != null;
			}

			@Override
			public Object next() {
				Object item = hasNext() ? this.next : null;
				if (item == null) {
					throw new NoSuchElementException();
				}
				this.next = null;
				return item;
			}
		};
	}

}
