package io.llmserving.text;

import java.util.Arrays;

/**
 * A growing list of ints. Confined to one thread.
 */
final class IntList {

	private int[] elements;

	private int size;

	IntList(int expectedSize) {
		this.elements = new int[Math.max(16, expectedSize)];
	}

	void add(int element) {
		if (this.size == this.elements.length) {
			this.elements = Arrays.copyOf(this.elements, this.size * 2);
		}
		this.elements[this.size++] = element;
	}

	void addAll(int[] added) {
		for (int element : added) {
			add(element);
		}
	}

	int[] toArray() {
		return Arrays.copyOf(this.elements, this.size);
	}

}
