package io.llmserving.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class DeliveryTests {

	private static void block(CountDownLatch started, CountDownLatch release) {
		started.countDown();
		try {
			release.await(60, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static CountDownLatch blockers(int count, Delivery delivery, CountDownLatch release) {
		CountDownLatch started = new CountDownLatch(count);
		for (int i = 0; i < count; i++) {
			delivery.deliver(() -> block(started, release));
		}
		return started;
	}

	@Test
	void asManyBlockAsThereAreThreadsAndAFurtherOneIsServed() throws InterruptedException {
		Delivery delivery = new Delivery(8);
		for (int round = 0; round < 3; round++) {
			CountDownLatch release = new CountDownLatch(1);
			CountDownLatch served = new CountDownLatch(1);
			CountDownLatch started = blockers(6, delivery, release);
			delivery.deliver(served::countDown);
			assertThat(started.await(60, TimeUnit.SECONDS)).as("round %d", round).isTrue();
			assertThat(served.await(60, TimeUnit.SECONDS)).as("round %d", round).isTrue();
			release.countDown();
			await().until(delivery::quiet);
		}
	}

	@Test
	void threadsThatRestTakeOverFromThoseThatBlockLongBeforeTheyWouldEnd() throws InterruptedException {
		Delivery delivery = new Delivery(8);
		for (int round = 0; round < 300; round++) {
			CountDownLatch release = new CountDownLatch(1);
			CountDownLatch started = blockers(3, delivery, release);
			assertThat(started.await(15, TimeUnit.SECONDS)).as("round %d", round).isTrue();
			release.countDown();
			await().pollInterval(Duration.ofMillis(1)).until(delivery::quiet);
		}
	}

	@Test
	void everythingIsDeliveredOnceInWhateverOrderItComes() {
		Delivery delivery = new Delivery(3);
		AtomicInteger count = new AtomicInteger();
		for (int i = 0; i < 10_000; i++) {
			delivery.deliver(count::incrementAndGet);
		}
		await().until(() -> count.get() == 10_000);
	}

}
