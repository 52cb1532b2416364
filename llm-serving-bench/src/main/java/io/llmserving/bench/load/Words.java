package io.llmserving.bench.load;

import java.util.SplittableRandom;

/**
 * Text of a given number of words. Each is common enough to be one token, with the space
 * before it, in most vocabularies; how many tokens a prompt had is what the server
 * counts.
 */
final class Words {

	private static final String[] COMMON = ("air animal answer area ball bank bed bird blood board boat body book box "
			+ "boy bridge brother business car case chair child church city class clock color corner country cup day "
			+ "dog door earth edge eye face family farm father field fire fish floor flower food foot form friend "
			+ "game garden girl glass gold group hair hand head heart hill history home horse hour house idea island "
			+ "king land language law letter life light line list machine man map market material milk mind money "
			+ "month moon morning mother mountain music name night north number ocean office oil page paper park "
			+ "part people person picture place plan plant point power problem question rain reason record river "
			+ "road rock room rule salt school sea season ship shop side sign silver sister skin sky snow song sound "
			+ "south space spring star state station step stone store story street summer sun system table teacher "
			+ "thing time town train tree unit valley value village voice wall war watch water wave way week west "
			+ "wind window winter woman wood word work world year")
		.split(" ");

	private Words() {
	}

	/**
	 * Returns the same words for the same seed.
	 */
	static String of(int count, long seed) {
		SplittableRandom random = new SplittableRandom(seed);
		StringBuilder text = new StringBuilder(count * 7);
		for (int i = 0; i < count; i++) {
			if (i > 0) {
				text.append(' ');
			}
			text.append(COMMON[random.nextInt(COMMON.length)]);
		}
		return text.toString();
	}

}
