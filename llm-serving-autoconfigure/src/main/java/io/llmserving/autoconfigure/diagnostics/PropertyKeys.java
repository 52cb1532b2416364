package io.llmserving.autoconfigure.diagnostics;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/**
 * The keys that a record of properties binds, and the one of them that a misspelt key
 * most likely means.
 */
final class PropertyKeys {

	private PropertyKeys() {
	}

	/**
	 * Returns the keys of a record, those of nested records with their path.
	 */
	static List<String> of(Class<?> type) {
		List<String> keys = new ArrayList<>();
		for (RecordComponent component : type.getRecordComponents()) {
			String key = DataObjectPropertyName.toDashedForm(component.getName());
			if (component.getType().isRecord()) {
				of(component.getType()).forEach((inner) -> keys.add(key + "." + inner));
			}
			else {
				keys.add(key);
			}
		}
		return keys;
	}

	/**
	 * Returns the key with the fewest edits to the one written; of a key without its path
	 * the last part counts.
	 */
	static String nearest(String written, List<String> keys) {
		String best = keys.get(0);
		int fewest = Integer.MAX_VALUE;
		for (String key : keys) {
			String last = key.substring(key.lastIndexOf('.') + 1);
			int edits = Math.min(2 * edits(written, key), 2 * edits(written, last) + 1);
			if (edits < fewest) {
				fewest = edits;
				best = key;
			}
		}
		return best;
	}

	/**
	 * Levenshtein's distance: how many characters to insert, delete or replace.
	 */
	private static int edits(String a, String b) {
		int[] row = new int[b.length() + 1];
		for (int j = 0; j <= b.length(); j++) {
			row[j] = j;
		}
		for (int i = 1; i <= a.length(); i++) {
			int diagonal = row[0];
			row[0] = i;
			for (int j = 1; j <= b.length(); j++) {
				int replaced = diagonal + ((a.charAt(i - 1) == b.charAt(j - 1)) ? 0 : 1);
				diagonal = row[j];
				row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
			}
		}
		return row[b.length()];
	}

}
