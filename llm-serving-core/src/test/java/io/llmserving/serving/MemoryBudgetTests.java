package io.llmserving.serving;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link MemoryBudget}.
 */
class MemoryBudgetTests {

	private static final long MEBIBYTE = 1 << 20;

	private final MemoryBudget budget = MemoryBudget.of(100 * MEBIBYTE);

	private final MemoryBudget other = MemoryBudget.of(100 * MEBIBYTE);

	@AfterEach
	void release() {
		this.budget.releaseAll();
		this.other.releaseAll();
	}

	@Test
	void aCacheGetsWhatItAsksForOrWhatIsLeft() {
		this.budget.weights("a", 30 * MEBIBYTE);
		this.budget.weights("b", 30 * MEBIBYTE);
		assertThat(this.budget.cache("a", 25 * MEBIBYTE, MEBIBYTE)).isEqualTo(25 * MEBIBYTE);
		assertThat(this.budget.cache("b", 25 * MEBIBYTE, MEBIBYTE)).isEqualTo(15 * MEBIBYTE);
		assertThat(this.budget.planned()).isEqualTo(100 * MEBIBYTE);
	}

	@Test
	void weightsThatDoNotFitAreRefusedWithTheNumbersAndTheOtherModels() {
		this.budget.weights("a", 80 * MEBIBYTE);
		assertThatExceptionOfType(ModelStartupException.class).isThrownBy(() -> this.budget.weights("b", 30 * MEBIBYTE))
			.withMessageContaining("30 MiB")
			.withMessageContaining("100 MiB")
			.withMessageContaining("20 MiB are left")
			.withMessageContaining("a: weights 80 MiB")
			.satisfies((ex) -> assertThat(ex.remedy()).contains("llm.serving.memory.max-size"));
	}

	@Test
	void aCacheBelowItsLeastIsRefused() {
		this.budget.weights("a", 95 * MEBIBYTE);
		assertThatExceptionOfType(ModelStartupException.class)
			.isThrownBy(() -> this.budget.cache("a", 50 * MEBIBYTE, 10 * MEBIBYTE))
			.withMessageContaining("at least 10 MiB");
	}

	@Test
	void aModelThatIsLoadedAgainCountsOnce() {
		this.budget.weights("a", 60 * MEBIBYTE);
		this.budget.cache("a", 40 * MEBIBYTE, MEBIBYTE);
		this.budget.weights("a", 55 * MEBIBYTE);
		assertThat(this.budget.planned()).isEqualTo(95 * MEBIBYTE);
		this.budget.release("a");
		assertThat(this.budget.planned()).isZero();
	}

	@Test
	void applicationsOfOneProcessShareTheMachine() {
		this.budget.weights("a", 60 * MEBIBYTE);
		assertThatExceptionOfType(ModelStartupException.class).isThrownBy(() -> this.other.weights("a", 60 * MEBIBYTE))
			.withMessageContaining("40 MiB are left");
		this.budget.releaseAll();
		this.other.weights("a", 60 * MEBIBYTE);
		assertThat(this.other.planned()).isEqualTo(60 * MEBIBYTE);
	}

}
