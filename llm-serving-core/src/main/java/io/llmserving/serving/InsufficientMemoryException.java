package io.llmserving.serving;

/**
 * A model does not fit into what other models leave of a memory budget.
 */
final class InsufficientMemoryException extends ModelStartupException {

	private static final long serialVersionUID = 1L;

	private final transient MemoryBudget budget;

	InsufficientMemoryException(String model, String message, String remedy, MemoryBudget budget) {
		super(model, message, remedy, null);
		this.budget = budget;
	}

	/** Whether memory of another model is part of the same budget. */
	boolean helps(String other) {
		return this.budget.holds(other);
	}

}
