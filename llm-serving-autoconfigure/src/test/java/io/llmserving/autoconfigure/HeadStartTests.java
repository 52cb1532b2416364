package io.llmserving.autoconfigure;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * A start beside the creation of beans: taken once, waited for, taken back.
 */
class HeadStartTests {

	private final List<String> calls = new CopyOnWriteArrayList<>();

	private final HeadStart ahead = new HeadStart();

	@Test
	void aStartRunsBesideItsCallerAndIsWaitedForOnce() throws Exception {
		CountDownLatch mayStart = new CountDownLatch(1);
		this.ahead.begin(() -> {
			try {
				assertThat(mayStart.await(1, TimeUnit.MINUTES)).isTrue();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			this.calls.add("start " + Thread.currentThread().getName());
		}, () -> this.calls.add("undo"));
		assertThat(this.calls).isEmpty();
		mayStart.countDown();
		assertThat(this.ahead.take()).isTrue();
		assertThat(this.calls).containsExactly("start llm-serving-start");
		assertThat(this.ahead.take()).isFalse();
		this.ahead.destroy();
		assertThat(this.calls).doesNotContain("undo");
	}

	@Test
	void whatTheStartThrewIsThrownWhereItIsTaken() {
		this.ahead.begin(() -> {
			throw new IllegalArgumentException("no such model");
		}, () -> this.calls.add("undo"));
		assertThatIllegalArgumentException().isThrownBy(this.ahead::take).withMessage("no such model");
	}

	@Test
	void aStartThatNobodyTookIsTakenBackAfterItIsThrough() {
		this.ahead.begin(() -> this.calls.add("start"), () -> this.calls.add("undo"));
		this.ahead.destroy();
		assertThat(this.calls).containsExactly("start", "undo");
	}

	@Test
	void withoutAStartThereIsNothingToTakeOrToTakeBack() {
		assertThat(this.ahead.take()).isFalse();
		this.ahead.destroy();
		assertThat(this.calls).isEmpty();
	}

}
