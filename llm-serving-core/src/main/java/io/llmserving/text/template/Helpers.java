package io.llmserving.text.template;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * jinja2's small helper objects.
 */
final class Helpers {

	private static final Parameters JOINER = new Parameters("joiner", 0, "sep");

	private Helpers() {
	}

	static Object cycler(Execution run, Arguments given) {
		if (given.positional().isEmpty()) {
			throw Failure.runtime("at least one item has to be provided");
		}
		return new Cycler(given.positional());
	}

	static Object joiner(Execution run, Arguments given) {
		Object separator = JOINER.bind(given)[0];
		boolean[] used = { false };
		return new Method("joiner", (_, _) -> {
			boolean first = !used[0];
			used[0] = true;
			return first ? Text.EMPTY : (separator != null) ? separator : Text.trusted(", ");
		});
	}

	/** Goes round some values. */
	static final class Cycler {

		private final List<Object> items;

		private int at;

		Cycler(List<Object> items) {
			this.items = items;
		}

		@Nullable Object attribute(String name) {
			return switch (name) {
				case "current" -> this.items.get(this.at);
				case "items" -> new Tuple(this.items);
				case "pos" -> (long) this.at;
				case "next" -> new Method(name, (_, _) -> {
					Object item = this.items.get(this.at);
					this.at = (this.at + 1) % this.items.size();
					return item;
				});
				case "reset" -> new Method(name, (_, _) -> {
					this.at = 0;
					return None.NONE;
				});
				default -> null;
			};
		}

	}

}
