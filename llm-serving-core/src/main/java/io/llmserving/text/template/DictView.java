package io.llmserving.text.template;

import java.util.List;
import java.util.function.Supplier;

/**
 * What a dictionary's {@code keys()}, {@code values()} and {@code items()} return: it can
 * be iterated and counted, but not indexed.
 *
 * @param name Python's name of the type
 * @param contents the items
 */
record DictView(String name, Supplier<List<Object>> contents) {

	List<Object> items() {
		return this.contents.get();
	}

}
