package io.llmserving.bench.load;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoadClient} and {@link LoadSummary}.
 */
@Timeout(300)
class LoadClientTests {

	private static final Slo ANY = new Slo(1e9, 1e9);

	private ScriptedServer server;

	private LoadClient client;

	@BeforeEach
	void start() throws IOException {
		this.server = new ScriptedServer();
		this.client = new LoadClient(this.server.target(), Duration.ofSeconds(30));
	}

	@AfterEach
	void stop() {
		this.client.close();
		this.server.close();
	}

	@Test
	void aClosedLoopSendsEachRequestOnceAndKeepsItsStreamsBusy() throws Exception {
		CountDownLatch four = new CountDownLatch(4);
		this.server.answer((exchange, body) -> {
			four.countDown();
			try {
				four.await();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			ScriptedServer.complete(exchange, body);
		});
		LoadRun run = this.client.closedLoop(requests(20, 5), 4);
		assertThat(run.answers()).hasSize(20).allMatch(Answer::completed);
		assertThat(this.server.bodies()).hasSize(20);
		assertThat(this.server.mostOpen()).isEqualTo(4);
		LoadSummary summary = LoadSummary.of(List.of(run), ANY);
		assertThat(summary.clean()).isTrue();
		assertThat(summary.tokensPerSecond().value()).isEqualTo(100 / run.seconds());
		assertThat(summary.gap().count()).isEqualTo(80);
		assertThat(summary.timeToFirstToken().count()).isEqualTo(20);
		assertThat(summary.promptTokens()).isEqualTo(10);
		assertThat(summary.cachedShare()).isEqualTo(0.4);
		assertThat(summary.tokensCountedBy()).isEqualTo("the server's usage");
		assertThat(summary.attainment()).isEqualTo(1);
	}

	@Test
	void everyRequestHasTheHeadersThatTheTargetAdds() throws Exception {
		Queue<String> deadlines = new ConcurrentLinkedQueue<>();
		this.server.answer((exchange, body) -> {
			deadlines.add(exchange.getRequestHeaders().getFirst("X-First-Token-Timeout"));
			ScriptedServer.complete(exchange, body);
		});
		Target target = this.server.target();
		Target hurried = new Target(target.base(), target.model(), target.key(), target.chat(),
				Map.of("X-First-Token-Timeout", "1"));
		try (LoadClient hasty = new LoadClient(hurried, Duration.ofSeconds(30))) {
			assertThat(hasty.closedLoop(requests(2, 5), 1).answers()).hasSize(2).allMatch(Answer::completed);
		}
		assertThat(deadlines).containsExactly("1", "1");
	}

	@Test
	void anOpenLoopSendsWhetherEarlierOnesAreAnsweredOrNot() throws Exception {
		CountDownLatch all = new CountDownLatch(6);
		this.server.answer((exchange, body) -> {
			all.countDown();
			try {
				all.await();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			ScriptedServer.complete(exchange, body);
		});
		// No request is answered before all have come: a closed loop would wait for ever.
		LoadRun run = this.client.openLoop(requests(6, 2), Arrivals.CONSTANT.times(6, 1000, 1));
		assertThat(run.answers()).hasSize(6).allMatch(Answer::completed);
		assertThat(run.answers()).allMatch((answer) -> answer.sent() >= answer.due());
	}

	@Test
	void gapsAndFirstTokensFollowTheServersPace() throws Exception {
		CountDownLatch never = new CountDownLatch(1);
		this.server.answer((exchange, body) -> {
			exchange.sendResponseHeaders(200, 0);
			for (String part : List.of(ScriptedServer.token("a"), ScriptedServer.token("b"), ScriptedServer.DONE)) {
				await(never, 50);
				exchange.getResponseBody().write(part.getBytes(StandardCharsets.UTF_8));
				exchange.getResponseBody().flush();
			}
		});
		Answer answer = this.client.closedLoop(requests(1, 2), 1).answers().getFirst();
		// A delay is never shorter than asked for; how much longer it is depends on the
		// machine.
		assertThat(answer.timeToFirstToken()).isGreaterThanOrEqualTo(50);
		assertThat(answer.gaps()).hasSize(1);
		assertThat(answer.endToEnd()).isGreaterThanOrEqualTo(answer.timeToFirstToken());
		assertThat(answer.timePerOutputToken()).isEqualTo(answer.gaps()[0]);
	}

	@Test
	void withoutUsageEventsAreCounted() throws Exception {
		this.server.answer((exchange, body) -> ScriptedServer.stream(exchange, ScriptedServer.token("a"),
				ScriptedServer.token(""), ScriptedServer.token("b"), ScriptedServer.DONE));
		LoadRun run = this.client.closedLoop(requests(3, 7), 1);
		assertThat(run.answers()).extracting(Answer::completionTokens).containsOnly(2);
		assertThat(LoadSummary.of(List.of(run), ANY).tokensCountedBy()).startsWith("events with output");
	}

	@Test
	void whateverIsWrongFailsTheRequestAndIsTold() throws Exception {
		this.server.answer((exchange, body) -> ScriptedServer.refuse(exchange, 400, "{\"error\":\"bad\"}"));
		assertFailed(400, "bad");
		this.server.answer((exchange, body) -> ScriptedServer.stream(exchange, ScriptedServer.token("a"),
				"data: {\"error\":{\"message\":\"broke\"}}\n\n", ScriptedServer.DONE));
		assertFailed(200, "broke");
		this.server.answer((exchange, body) -> ScriptedServer.stream(exchange, ScriptedServer.token("a")));
		assertFailed(200, "without [DONE]");
		this.server.answer((exchange, body) -> ScriptedServer.stream(exchange, ScriptedServer.DONE));
		assertFailed(200, "no output");
		this.server.answer((exchange, body) -> ScriptedServer.stream(exchange, ScriptedServer.token("a"),
				ScriptedServer.usage(1, 1, 0), ScriptedServer.DONE));
		assertFailed(200, "1 tokens, asked for 4");
		this.server.answer((exchange, body) -> {
			exchange.sendResponseHeaders(200, 1000);
			exchange.getResponseBody().write(ScriptedServer.token("a").getBytes(StandardCharsets.UTF_8));
			exchange.getResponseBody().flush();
		});
		assertFailed(200, "closed the connection");
	}

	private void assertFailed(int status, String text) throws InterruptedException {
		LoadRun run = this.client.closedLoop(requests(2, 4), 1);
		assertThat(run.ended(Outcome.FAILED)).hasSize(2);
		LoadSummary summary = LoadSummary.of(List.of(run), ANY);
		assertThat(summary.clean()).isFalse();
		assertThat(summary.errors()).hasSize(1)
			.allSatisfy((error, count) -> assertThat(error).startsWith(status + ": ").contains(text));
		assertThat(summary.errors()).containsValue(2);
	}

	@Test
	void aServerThatShedsLoadRejects() throws Exception {
		this.server.answer((exchange, body) -> ScriptedServer.refuse(exchange, 503, "full"));
		LoadRun run = this.client.closedLoop(requests(3, 4), 3);
		assertThat(run.ended(Outcome.REJECTED)).hasSize(3);
		assertThat(run.attainment(ANY)).isZero();
		assertThat(LoadSummary.of(List.of(run), ANY).clean()).isFalse();
	}

	@Test
	void nobodyListeningFailsTheRequest() throws Exception {
		Target nobody = new Target(URI.create("http://127.0.0.1:1/v1"), null, null, false, Map.of());
		try (LoadClient lonely = new LoadClient(nobody, Duration.ofSeconds(30))) {
			LoadRun run = lonely.closedLoop(requests(2, 1), 1);
			assertThat(run.ended(Outcome.FAILED)).hasSize(2)
				.allSatisfy((answer) -> assertThat(answer.error()).contains("refused"));
		}
	}

	@Test
	void anAnswerThatDoesNotEndInTimeFails() throws Exception {
		CountDownLatch never = new CountDownLatch(1);
		this.server.answer((exchange, body) -> await(never, 20_000));
		try (LoadClient impatient = new LoadClient(this.server.target(), Duration.ofMillis(200))) {
			LoadRun run = impatient.closedLoop(requests(1, 1), 1);
			assertThat(run.answers().getFirst().error()).startsWith("no answer within");
		}
		never.countDown();
	}

	@Test
	void aClientThatLeavesClosesItsConnection() throws Exception {
		CountDownLatch closed = new CountDownLatch(1);
		this.server.answer((exchange, body) -> {
			exchange.sendResponseHeaders(200, 0);
			try {
				for (;;) {
					exchange.getResponseBody().write(ScriptedServer.token("a").getBytes(StandardCharsets.UTF_8));
					exchange.getResponseBody().flush();
				}
			}
			finally {
				closed.countDown();
			}
		});
		LoadRun run = this.client.closedLoop(List.of(requests(1, 9).getFirst().cancelledAfter(3)), 1);
		assertThat(run.ended(Outcome.CANCELLED)).hasSize(1);
		assertThat(run.answers().getFirst().arrivals()).hasSizeGreaterThanOrEqualTo(3);
		closed.await();
	}

	@Test
	void slowAnswersAreNotGoodput() throws Exception {
		LoadRun run = this.client.closedLoop(requests(5, 3), 1);
		assertThat(run.goodput(ANY)).isEqualTo(5 / run.seconds());
		assertThat(run.attainment(new Slo(0, 0))).isZero();
	}

	private List<PlannedRequest> requests(int count, int tokens) {
		RequestBodies bodies = new RequestBodies(this.server.target(), true, null);
		return IntStream.range(0, count).mapToObj((i) -> bodies.request("prompt " + i, tokens)).toList();
	}

	private static void await(CountDownLatch latch, long milliseconds) throws IOException {
		try {
			latch.await(milliseconds, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

}
