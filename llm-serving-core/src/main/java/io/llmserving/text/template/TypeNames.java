package io.llmserving.text.template;

import java.math.BigInteger;
import java.util.List;

/**
 * Python's names of the types of values.
 */
final class TypeNames {

	private TypeNames() {
	}

	static String of(Object value) {
		return switch (value) {
			case Text text -> text.markup() ? "Markup" : "str";
			case Long _, BigInteger _ -> "int";
			case Double _ -> "float";
			case Boolean _ -> "bool";
			case None _ -> "NoneType";
			case List<?> _ -> "list";
			case Tuple _ -> "tuple";
			case Dict _ -> "dict";
			case Undefined _ -> "Undefined";
			case Namespace _ -> "Namespace";
			case Generator generator -> generator.name();
			case DictView view -> view.name();
			case Range _ -> "range";
			default -> value.getClass().getSimpleName();
		};
	}

}
