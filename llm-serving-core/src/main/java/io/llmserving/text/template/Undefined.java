package io.llmserving.text.template;

/**
 * A value that is not there: prints as nothing, is false and empty, and fails in any
 * other operation.
 *
 * @param problem the message of that failure
 */
record Undefined(String problem) {

	static Undefined variable(String name) {
		return new Undefined("'" + name + "' is undefined");
	}

	static Undefined member(Object owner, String name) {
		return new Undefined("'" + TypeNames.of(owner) + " object' has no attribute '" + name + "'");
	}

	static Undefined element(Object owner, Object index) {
		return new Undefined(TypeNames.of(owner) + " object has no element "
				+ ((index instanceof Long || index instanceof Text) ? index : TypeNames.of(index)));
	}

	static Undefined unsafe(Object owner, String name) {
		return new Undefined("access to attribute '" + name + "' of '" + TypeNames.of(owner) + "' object is unsafe.");
	}

	Failure failure() {
		return Failure.runtime(this.problem);
	}

}
