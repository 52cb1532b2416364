package io.llmserving.text.template;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/**
 * C's {@code strftime} in the C locale, of a local time without a zone, as Python's
 * {@code datetime.now()} is.
 */
final class Strftime {

	private Strftime() {
	}

	static String format(String format, Clock clock) {
		ZonedDateTime now = ZonedDateTime.now(clock);
		StringBuilder out = new StringBuilder();
		for (int at = 0; at < format.length(); at++) {
			char c = format.charAt(at);
			if (c != '%' || at + 1 == format.length()) {
				out.append(c);
				continue;
			}
			char flag = format.charAt(at + 1);
			boolean flagged = "-_0^#".indexOf(flag) >= 0 && at + 2 < format.length();
			at += flagged ? 2 : 1;
			String value = field(format.charAt(at), now);
			out.append(flagged ? flagged(flag, value) : value);
		}
		return out.toString();
	}

	private static String flagged(char flag, String value) {
		int zeros = 0;
		while (zeros + 1 < value.length() && (value.charAt(zeros) == '0' || value.charAt(zeros) == ' ')) {
			zeros++;
		}
		return switch (flag) {
			case '-' -> value.substring(zeros);
			case '_' -> " ".repeat(zeros) + value.substring(zeros);
			case '0' -> "0".repeat(zeros) + value.substring(zeros);
			default -> value.toUpperCase(Locale.ROOT);
		};
	}

	private static String field(char c, ZonedDateTime now) {
		return switch (c) {
			case 'Y' -> String.valueOf(now.getYear());
			case 'C' -> two(now.getYear() / 100);
			case 'y' -> two(now.getYear() % 100);
			case 'm' -> two(now.getMonthValue());
			case 'd' -> two(now.getDayOfMonth());
			case 'e' -> "%2d".formatted(now.getDayOfMonth());
			case 'j' -> "%03d".formatted(now.getDayOfYear());
			case 'B' -> now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
			case 'b', 'h' -> now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
			case 'A' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
			case 'a' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
			case 'u' -> String.valueOf(now.getDayOfWeek().getValue());
			case 'w' -> String.valueOf(now.getDayOfWeek().getValue() % 7);
			case 'U' -> two((now.getDayOfYear() + 6 - now.getDayOfWeek().getValue() % 7) / 7);
			case 'W' -> two((now.getDayOfYear() + 6 - (now.getDayOfWeek().getValue() + 6) % 7) / 7);
			case 'V' -> two(now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
			case 'G' -> String.valueOf(now.get(IsoFields.WEEK_BASED_YEAR));
			default -> time(c, now);
		};
	}

	private static String time(char c, ZonedDateTime now) {
		return switch (c) {
			case 'H' -> two(now.getHour());
			case 'I' -> two(now.get(ChronoField.CLOCK_HOUR_OF_AMPM));
			case 'M' -> two(now.getMinute());
			case 'S' -> two(now.getSecond());
			case 'f' -> "%06d".formatted(now.getNano() / 1000);
			case 'p' -> (now.getHour() < 12) ? "AM" : "PM";
			case 's' -> String.valueOf(now.toEpochSecond());
			case 'z', 'Z' -> "";
			case 'n' -> "\n";
			case 't' -> "\t";
			case '%' -> "%";
			default -> composed(c, now);
		};
	}

	private static String composed(char c, ZonedDateTime now) {
		String format = switch (c) {
			case 'c' -> "%a %b %e %H:%M:%S %Y";
			case 'x', 'D' -> "%m/%d/%y";
			case 'X', 'T' -> "%H:%M:%S";
			case 'F' -> "%Y-%m-%d";
			case 'R' -> "%H:%M";
			case 'r' -> "%I:%M:%S %p";
			default -> "";
		};
		Clock fixed = Clock.fixed(now.toInstant(), now.getZone());
		return format.isEmpty() ? "%" + c : format(format, fixed);
	}

	private static String two(int number) {
		return "%02d".formatted(number);
	}

}
