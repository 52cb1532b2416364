package io.llmserving.autoconfigure.resilience;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.api.QuotaExceededException;
import io.llmserving.autoconfigure.web.Caller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Limits of one caller, without any server.
 */
class TenantLimitTests {

	private static TenantLimit limit(Integer requests, Integer concurrency, Duration period) {
		return new TenantLimit(new Caller("team", List.of(), requests, concurrency), period);
	}

	@Test
	void requestsAreThereAgainWithTheNextPeriod() {
		TenantLimit limit = limit(2, null, Duration.ofMillis(300));
		AtomicInteger refused = new AtomicInteger();
		Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10)).until(() -> {
			try {
				limit.enter();
				return refused.get() > 0;
			}
			catch (QuotaExceededException ex) {
				assertThat(ex.retryAfter()).isPositive().isLessThanOrEqualTo(Duration.ofMillis(300));
				refused.incrementAndGet();
				return false;
			}
		});
		assertThat(limit.reset()).isPositive().isLessThanOrEqualTo(Duration.ofMillis(300));
	}

	@Test
	void manyAtOnceAreHeldToTheirNumber() throws Exception {
		TenantLimit limit = limit(null, 3, Duration.ofMinutes(1));
		AtomicInteger entered = new AtomicInteger();
		CountDownLatch asked = new CountDownLatch(50);
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			for (int i = 0; i < 50; i++) {
				threads.execute(() -> {
					try {
						limit.enter();
						entered.incrementAndGet();
					}
					catch (QuotaExceededException ex) {
						assertThat(ex).hasMessageContaining("3 requests run already");
					}
					asked.countDown();
				});
			}
			asked.await();
		}
		assertThat(entered).hasValue(3);
		assertThatExceptionOfType(QuotaExceededException.class).isThrownBy(limit::enter);
		limit.leave();
		limit.enter();
		assertThatExceptionOfType(QuotaExceededException.class).isThrownBy(limit::enter);
	}

	@ParameterizedTest
	@CsvSource({ "1, 1s", "1000, 1s", "1001, 2s", "59000, 59s", "59001, 1m0s", "60000, 1m0s" })
	void timesAreWrittenAsOpenAiDoes(long millis, String text) {
		assertThat(TenantLimitFilter.text(Duration.ofMillis(millis))).isEqualTo(text);
	}

}
