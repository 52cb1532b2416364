package io.llmserving.autoconfigure.resilience;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.api.QuotaExceededException;
import io.llmserving.autoconfigure.web.Caller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Limits of one caller, without any server.
 */
class TenantLimitTests {

	private static TenantLimit limit(Integer requests, Integer concurrency, Duration period) {
		return new TenantLimit(new Caller("team", false, List.of(), requests, concurrency), period);
	}

	@Test
	void requestsAreThereAgainWithTheNextPeriod() {
		TenantLimit limit = limit(2, null, Duration.ofMillis(300));
		QuotaExceededException refused = catchThrowableOfType(QuotaExceededException.class, () -> {
			for (int i = 0; i < 1_000_000; i++) {
				limit.enter();
			}
		});
		assertThat(refused.retryAfter()).isPositive().isLessThanOrEqualTo(Duration.ofMillis(300));
		Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
			limit.enter();
			return true;
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

	@Test
	void aKeyAndATokenOfTheSameNameAreTwoCallers() {
		TenantLimits limits = new TenantLimits(Duration.ofMinutes(1), System::nanoTime);
		limits.of(new Caller("team", false, List.of(), 1, null)).enter();
		TenantLimit other = limits.of(new Caller("team", true, List.of(), 1, null));
		other.enter();
		assertThatExceptionOfType(QuotaExceededException.class).isThrownBy(other::enter)
			.withMessageContaining("'team'");
	}

	@Test
	void callersThatDoNothingForAPeriodAreForgottenAndOthersAreNot() {
		AtomicLong now = new AtomicLong(-5);
		TenantLimits limits = new TenantLimits(Duration.ofSeconds(60), now::get);
		TenantLimit running = limits.of(new Caller("running", true, List.of(), 5, 1));
		running.enter();
		for (int i = 0; i < 1000; i++) {
			limits.of(new Caller("subject" + i, true, List.of(), 5, null)).enter();
		}
		now.addAndGet(Duration.ofSeconds(40).toNanos());
		TenantLimit kept = limits.of(new Caller("subject7", true, List.of(), 5, null));
		now.addAndGet(Duration.ofSeconds(40).toNanos());
		limits.of(new Caller("late", true, List.of(), 5, null));
		assertThat(limits.size()).isEqualTo(3);
		assertThat(limits.of(new Caller("subject7", true, List.of(), 5, null))).isSameAs(kept);
		assertThat(limits.of(new Caller("running", true, List.of(), 5, 1))).isSameAs(running);
	}

	@ParameterizedTest
	@CsvSource({ "1, 1s", "1000, 1s", "1001, 2s", "59000, 59s", "59001, 1m0s", "60000, 1m0s" })
	void timesAreWrittenAsOpenAiDoes(long millis, String text) {
		assertThat(TenantLimitFilter.text(Duration.ofMillis(millis))).isEqualTo(text);
	}

}
