package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A Python dictionary: ordered by insertion, keys equal as Python compares them, so that
 * 1, 1.0 and True are one key.
 */
final class Dict {

	/** The most values in a key that is a tuple, those of tuples in it included. */
	private static final int MAXIMUM_KEY = 100;

	private final Map<Object, Entry> entries = new LinkedHashMap<>();

	/** Adds or replaces; a key that is already there keeps its first form and place. */
	void put(Object key, Object value) {
		Object normal = normalize(key);
		Entry present = this.entries.get(normal);
		this.entries.put(normal, new Entry((present != null) ? present.key() : key, value));
	}

	void putAll(Dict other) {
		other.entries().forEach((entry) -> put(entry.key(), entry.value()));
	}

	@Nullable Object get(Object key) {
		Entry entry = this.entries.get(normalize(key));
		return (entry != null) ? entry.value() : null;
	}

	@Nullable Object get(String key) {
		Entry entry = this.entries.get(key);
		return (entry != null) ? entry.value() : null;
	}

	boolean containsKey(Object key) {
		return this.entries.containsKey(normalize(key));
	}

	int size() {
		return this.entries.size();
	}

	Collection<Entry> entries() {
		return this.entries.values();
	}

	List<Object> keys() {
		List<Object> keys = new ArrayList<>(size());
		entries().forEach((entry) -> keys.add(entry.key()));
		return keys;
	}

	static boolean hashable(Object key) {
		return hashable(key, new int[] { MAXIMUM_KEY });
	}

	private static boolean hashable(Object key, int[] left) {
		return switch (key) {
			case List<?> _, Dict _ -> false;
			case Tuple tuple -> {
				left[0] -= tuple.items().size();
				yield left[0] < 0 || tuple.items().stream().allMatch((item) -> hashable(item, left));
			}
			default -> true;
		};
	}

	/** Returns a Java object that is equal to another exactly if Python's keys are. */
	static Object normalize(Object key) {
		return switch (key) {
			case Text text -> text.value();
			case Boolean bool -> bool ? 1L : 0L;
			case Double number -> normalizeFloat(number);
			case Tuple tuple -> normalizeTuple(tuple, new int[] { MAXIMUM_KEY });
			case List<?> _, Dict _ -> throw Failure.runtime("unhashable type: '" + TypeNames.of(key) + "'");
			case Undefined _ -> Undefined.class;
			default -> key;
		};
	}

	private static Tuple normalizeTuple(Tuple tuple, int[] left) {
		left[0] -= tuple.items().size();
		if (left[0] < 0) {
			throw Failure.limit("a key of more than " + MAXIMUM_KEY + " values");
		}
		return new Tuple(tuple.items()
			.stream()
			.map((item) -> (item instanceof Tuple inner) ? normalizeTuple(inner, left) : normalize(item))
			.toList());
	}

	private static Object normalizeFloat(Double number) {
		if (number.isNaN() || number.isInfinite() || number != Math.rint(number)) {
			return number;
		}
		if (Math.abs(number) < 0x1p63) {
			return number.longValue();
		}
		return Numbers.whole(number);
	}

	/**
	 * A key with its value.
	 *
	 * @param key the key as it was first given
	 * @param value the value
	 */
	record Entry(Object key, Object value) {

		Tuple pair() {
			return Tuple.of(this.key, this.value);
		}

	}

}
