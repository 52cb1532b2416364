package io.llmserving.text;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Builds the table of pairs that merge, see {@link Merger}.
 */
final class Merges {

	private Merges() {
	}

	/**
	 * Reads a list of merges, the most important first, each with a space between its
	 * halves. Merges of which a part is not in the vocabulary are an error.
	 */
	static LongMap ofList(List<String> merges, Map<String, Integer> vocabulary) {
		LongMap table = new LongMap(merges.size());
		for (int rank = 0; rank < merges.size(); rank++) {
			String merge = merges.get(rank);
			int space = merge.indexOf(' ', 1);
			if (space < 0 || space == merge.length() - 1) {
				throw new TokenizerFormatException(
						"Merge %d, \"%s\", is not two tokens with a space between".formatted(rank, merge));
			}
			add(table, rank, merge.substring(0, space), merge.substring(space + 1), vocabulary);
		}
		return table;
	}

	static void add(LongMap table, int rank, String left, String right, Map<String, Integer> vocabulary) {
		Integer leftId = vocabulary.get(left);
		Integer rightId = vocabulary.get(right);
		Integer mergedId = vocabulary.get(left.concat(right));
		if (leftId == null || rightId == null || mergedId == null) {
			throw new TokenizerFormatException(
					"Merge %d joins \"%s\" and \"%s\", but the vocabulary lacks %s".formatted(rank, left, right,
							(leftId == null) ? "the first" : (rightId == null) ? "the second" : "both joined"));
		}
		table.putIfAbsent(Merger.pair(leftId, rightId), (long) rank << 32 | mergedId);
	}

	/**
	 * Derives merges from scores, as SentencePiece does: any two tokens merge whose text
	 * together is a token's, and the higher the score of that, the sooner. Equal scores
	 * share a rank, so that among them the leftmost merges first.
	 */
	static LongMap ofScores(Map<String, Integer> vocabulary, float[] scores) {
		float[] order = new float[vocabulary.size()];
		int count = 0;
		for (int id : vocabulary.values()) {
			order[count++] = -scores[id];
		}
		Arrays.sort(order);
		LongMap table = new LongMap(vocabulary.size() * 4);
		vocabulary.forEach((text, id) -> {
			long rank = rank(order, -scores[id]);
			for (int cut = 1; cut < text.length(); cut++) {
				Integer left = vocabulary.get(text.substring(0, cut));
				Integer right = (left != null) ? vocabulary.get(text.substring(cut)) : null;
				if (left != null && right != null) {
					table.putIfAbsent(Merger.pair(left, right), rank << 32 | id);
				}
			}
		});
		return table;
	}

	private static int rank(float[] order, float key) {
		int low = 0;
		int high = order.length;
		while (low < high) {
			int middle = low + high >>> 1;
			if (order[middle] < key) {
				low = middle + 1;
			}
			else {
				high = middle;
			}
		}
		return low;
	}

}
