package io.llmserving.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A mix of lengths. Written as {@code 128}, as a uniform range {@code 64-512}, or as
 * either with weights: {@code 64@3,512-2048@1} draws from the first three times out of
 * four.
 */
public final class Lengths {

	private final List<Part> parts;

	private final double weight;

	private Lengths(List<Part> parts) {
		this.parts = parts;
		this.weight = parts.stream().mapToDouble(Part::weight).sum();
	}

	/**
	 * Reads a mix.
	 * @throws IllegalArgumentException if it is none
	 */
	public static Lengths parse(String text) {
		List<Part> parts = new ArrayList<>();
		for (String part : text.split(",", -1)) {
			parts.add(part(part.strip(), text));
		}
		return new Lengths(parts);
	}

	private static Part part(String part, String whole) {
		try {
			int at = part.indexOf('@');
			double weight = (at < 0) ? 1 : Double.parseDouble(part.substring(at + 1));
			String range = (at < 0) ? part : part.substring(0, at);
			int dash = range.indexOf('-');
			int low = Integer.parseInt((dash < 0) ? range : range.substring(0, dash));
			int high = (dash < 0) ? low : Integer.parseInt(range.substring(dash + 1));
			if (low >= 0 && high >= low && weight > 0) {
				return new Part(low, high, weight);
			}
		}
		catch (NumberFormatException ex) {
			// Told below, with what is accepted.
		}
		throw new IllegalArgumentException(
				"'%s' in '%s' is no length; give 128, 64-512, or a mix like 64@3,512-2048@1".formatted(part, whole));
	}

	/**
	 * Draws a length.
	 */
	public int draw(RandomGenerator random) {
		double rest = random.nextDouble() * this.weight;
		for (Part part : this.parts) {
			rest -= part.weight();
			if (rest < 0) {
				return random.nextInt(part.low(), part.high() + 1);
			}
		}
		return this.parts.getLast().high();
	}

	/**
	 * One part of a mix, drawn uniformly from its ends inclusive.
	 */
	private record Part(int low, int high, double weight) {
	}

}
