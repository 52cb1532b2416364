package io.llmserving.text.template;

/**
 * A token of the template language.
 *
 * @param type what it is
 * @param value a name, an operator, template text, or a literal's value
 * @param line its line, counted from 1
 */
record Token(Type type, Object value, int line) {

	boolean is(String operator) {
		return this.type == Type.OPERATOR && this.value.equals(operator);
	}

	boolean isName(String name) {
		return this.type == Type.NAME && this.value.equals(name);
	}

	/** Returns the token as an error message shows it. */
	String description() {
		return switch (this.type) {
			case BLOCK_BEGIN -> "begin of statement block";
			case BLOCK_END -> "end of statement block";
			case VARIABLE_BEGIN -> "begin of print statement";
			case VARIABLE_END -> "end of print statement";
			case DATA -> "template data / text";
			case END -> "end of template";
			default -> this.value.toString();
		};
	}

	enum Type {

		DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END

	}

}
