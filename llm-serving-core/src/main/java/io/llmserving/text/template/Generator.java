package io.llmserving.text.template;

import java.util.Iterator;

/**
 * A Python generator: items come when they are asked for, and only once.
 */
final class Generator implements Iterator<Object> {

	private final String name;

	private final Iterator<Object> items;

	Generator(String name, Iterator<Object> items) {
		this.name = name;
		this.items = items;
	}

	/** Returns Python's name of the type. */
	String name() {
		return this.name;
	}

	@Override
	public boolean hasNext() {
		return this.items.hasNext();
	}

	@Override
	public Object next() {
		return this.items.next();
	}

}
