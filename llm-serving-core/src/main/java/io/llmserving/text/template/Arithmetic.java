package io.llmserving.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

import org.jspecify.annotations.Nullable;

/**
 * Python's arithmetic on two numbers, each a Long, a BigInteger or a Double.
 */
final class Arithmetic {

	/**
	 * The largest number that is computed; Python prints none of more than 4300 digits.
	 */
	private static final long MAXIMUM_BITS = 20_000;

	private static final MathContext PRECISE = new MathContext(60);

	private Arithmetic() {
	}

	static Object apply(String symbol, Object left, Object right) {
		if (left instanceof Double || right instanceof Double) {
			return real(symbol, Numbers.toDouble(left), Numbers.toDouble(right));
		}
		if (left instanceof Long first && right instanceof Long second) {
			Object result = small(symbol, first, second);
			if (result != null) {
				return result;
			}
		}
		return large(symbol, Numbers.big(left), Numbers.big(right));
	}

	static Object negate(Object number) {
		return (number instanceof Double real) ? (Object) (-real) : Numbers.shrink(Numbers.big(number).negate());
	}

	private static @Nullable Object small(String symbol, long left, long right) {
		try {
			return switch (symbol) {
				case "+" -> Math.addExact(left, right);
				case "-" -> Math.subtractExact(left, right);
				case "*" -> Math.multiplyExact(left, right);
				case "//" -> (right != 0) ? (Long) Math.floorDivExact(left, right) : null;
				case "%" -> (right != 0) ? (Long) Math.floorMod(left, right) : null;
				default -> null;
			};
		}
		catch (ArithmeticException ex) {
			return null;
		}
	}

	private static Object large(String symbol, BigInteger left, BigInteger right) {
		if (right.signum() == 0 && (symbol.startsWith("/") || symbol.equals("%"))) {
			throw Failure.runtime("division by zero");
		}
		return switch (symbol) {
			case "+" -> Numbers.shrink(left.add(right));
			case "-" -> Numbers.shrink(left.subtract(right));
			case "*" -> Numbers.shrink(limited(left.bitLength() + (long) right.bitLength(), left).multiply(right));
			case "/" -> quotient(left, right);
			case "//" -> Numbers.shrink(floorDivide(left, right));
			case "%" -> Numbers.shrink(left.subtract(floorDivide(left, right).multiply(right)));
			default -> power(left, right);
		};
	}

	private static BigInteger limited(long bits, BigInteger value) {
		if (bits > MAXIMUM_BITS) {
			throw Failure
				.limit("The template computes a number of " + bits + " bits; at most " + MAXIMUM_BITS + " are allowed");
		}
		return value;
	}

	private static Object quotient(BigInteger left, BigInteger right) {
		if (left.bitLength() <= 53 && right.bitLength() <= 53) {
			return left.doubleValue() / right.doubleValue();
		}
		double result = new BigDecimal(left).divide(new BigDecimal(right), PRECISE).doubleValue();
		if (Double.isInfinite(result)) {
			throw Failure.runtime("integer division result too large for a float");
		}
		return result;
	}

	private static BigInteger floorDivide(BigInteger left, BigInteger right) {
		BigInteger[] parts = left.divideAndRemainder(right);
		boolean down = parts[1].signum() != 0 && parts[1].signum() != right.signum();
		return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
	}

	private static Object power(BigInteger base, BigInteger exponent) {
		if (exponent.signum() < 0) {
			return real("**", Numbers.toDouble(base), Numbers.toDouble(exponent));
		}
		if (base.abs().bitLength() <= 1) {
			boolean positive = base.signum() >= 0 || !exponent.testBit(0);
			BigInteger magnitude = (exponent.signum() == 0) ? BigInteger.ONE : base.abs();
			return Numbers.shrink(positive ? magnitude : magnitude.negate());
		}
		if (exponent.bitLength() > 31) {
			throw Failure.limit("The template computes a power with an exponent of " + exponent.bitLength() + " bits");
		}
		limited((long) base.bitLength() * exponent.intValue(), base);
		return Numbers.shrink(base.pow(exponent.intValue()));
	}

	private static Object real(String symbol, double left, double right) {
		if (right == 0 && (symbol.startsWith("/") || symbol.equals("%"))) {
			throw Failure.runtime("float division by zero");
		}
		return switch (symbol) {
			case "+" -> left + right;
			case "-" -> left - right;
			case "*" -> left * right;
			case "/" -> left / right;
			case "//" -> floorDivide(left, right);
			case "%" -> modulo(left, right);
			default -> power(left, right);
		};
	}

	private static double modulo(double left, double right) {
		double result = left % right;
		if (result == 0) {
			return Math.copySign(0, right);
		}
		return ((right < 0) == (result < 0)) ? result : result + right;
	}

	private static double floorDivide(double left, double right) {
		double rest = left % right;
		double quotient = (left - rest) / right;
		if (rest != 0 && (right < 0) != (rest < 0)) {
			quotient -= 1;
		}
		if (quotient == 0) {
			return Math.copySign(0, left / right);
		}
		double floor = Math.floor(quotient);
		return (quotient - floor > 0.5) ? floor + 1 : floor;
	}

	private static double power(double base, double exponent) {
		if (base == 0 && exponent < 0) {
			throw Failure.runtime("0.0 cannot be raised to a negative power");
		}
		if (base == 1 || exponent == 0) {
			return 1;
		}
		if (base < 0 && Double.isFinite(exponent) && exponent != Math.rint(exponent)) {
			throw Failure.runtime("complex numbers are not supported");
		}
		if (base == -1 && Double.isInfinite(exponent)) {
			return 1;
		}
		double result = Math.pow(base, exponent);
		if (Double.isInfinite(result) && Double.isFinite(base) && Double.isFinite(exponent)) {
			throw Failure.runtime("Numerical result out of range");
		}
		return result;
	}

}
