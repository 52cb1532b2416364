package io.llmserving.text.template;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Which variable a name means within one scope of a template. The rules are jinja2's
 * (module {@code idtracking}): a name that a scope assigns to is a variable of that
 * scope, which starts with the value that the name has outside.
 */
final class Symbols {

	/** How a variable gets its value when its scope is entered. */
	sealed interface Load {

		/** It has been set already, by a call or a loop. */
		record Parameter() implements Load {
		}

		/** From the variables of the rendering. */
		record Resolve(String name) implements Load {
		}

		/** From a variable of an outer scope. */
		record Alias(String identifier) implements Load {
		}

		/** It has none. */
		record Missing() implements Load {
		}

	}

	private static final Load PARAMETER = new Load.Parameter();

	private static final Load MISSING = new Load.Missing();

	private final @Nullable Symbols parent;

	private final int level;

	private final Map<String, String> identifiers = new LinkedHashMap<>();

	private final Map<String, Load> loads = new LinkedHashMap<>();

	private final Set<String> stores = new HashSet<>();

	Symbols(@Nullable Symbols parent) {
		this(parent, (parent != null) ? parent.level + 1 : 0);
	}

	private Symbols(@Nullable Symbols parent, int level) {
		this.parent = parent;
		this.level = level;
	}

	Symbols copy() {
		Symbols copy = new Symbols(this.parent, this.level);
		copy.add(this);
		return copy;
	}

	private void add(Symbols other) {
		this.identifiers.putAll(other.identifiers);
		this.loads.putAll(other.loads);
		this.stores.addAll(other.stores);
	}

	/** Returns what has to be done on entering the scope, by identifier. */
	Map<String, Load> loads() {
		return this.loads;
	}

	@Nullable String find(String name) {
		for (Symbols scope = this; scope != null; scope = scope.parent) {
			String identifier = scope.identifiers.get(name);
			if (identifier != null) {
				return identifier;
			}
		}
		return null;
	}

	void load(String name) {
		if (find(name) == null) {
			define(name, new Load.Resolve(name));
		}
	}

	void store(String name) {
		this.stores.add(name);
		if (!this.identifiers.containsKey(name)) {
			String outer = (this.parent != null) ? this.parent.find(name) : null;
			define(name, (outer != null) ? new Load.Alias(outer) : MISSING);
		}
	}

	void parameter(String name) {
		this.stores.add(name);
		define(name, PARAMETER);
	}

	/** Takes over what the branches of an if do, any one of which may be taken. */
	void merge(List<Symbols> branches) {
		Set<String> stored = new HashSet<>();
		branches.forEach((branch) -> stored.addAll(branch.stores));
		stored.removeAll(this.stores);
		branches.forEach(this::add);
		for (String name : stored) {
			String outer = (this.parent != null) ? this.parent.find(name) : null;
			this.loads.put(identifier(name), (outer != null) ? new Load.Alias(outer) : new Load.Resolve(name));
		}
	}

	private void define(String name, Load load) {
		this.identifiers.put(name, identifier(name));
		this.loads.put(identifier(name), load);
	}

	private String identifier(String name) {
		return this.level + "." + name;
	}

}
