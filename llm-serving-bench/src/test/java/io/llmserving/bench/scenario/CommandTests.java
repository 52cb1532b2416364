package io.llmserving.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

import io.llmserving.bench.load.ScriptedServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the commands against a scripted server.
 */
@Timeout(300)
class CommandTests {

	@TempDir
	private Path folder;

	private ScriptedServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = new ScriptedServer();
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@Test
	void aLoadIsWrittenWithTheMachineAndItsSettingsButWithoutTheKey() throws IOException {
		JsonNode result = run(0, new LoadCommand(), "--url", url(), "--key", "topsecret", "--own", "5", "--shared", "3",
				"--out", "6", "--streams", "2", "--requests", "3", "--repetitions", "4", "--warm-up", "1");
		assertThat(this.server.bodies()).hasSize(1 + 2 * 3 * 4);
		assertThat(result.path("kind").asString()).isEqualTo("load");
		assertThat(result.path("machine").path("cores").asInt()).isPositive();
		assertThat(result.toString()).doesNotContain("topsecret");
		assertThat(result.path("result").path("outcomes").toString()).isEqualTo("{\"COMPLETED\":24}");
		assertThat(result.path("result").path("gap").path("count").asInt()).isEqualTo(24 * 5);
		assertThat(result.path("result").path("tokensPerSecondOfRuns").size()).isEqualTo(4);
	}

	@Test
	void aServerIsWarmedUpForAsLongAsWasAskedFor() throws IOException {
		long begin = System.nanoTime();
		run(0, new LoadCommand(), "--url", url(), "--out", "2", "--streams", "2", "--requests", "1", "--repetitions",
				"1", "--warm-up", "1", "--warm-up-seconds", "0.5");
		assertThat(System.nanoTime() - begin).isGreaterThan(500_000_000);
		assertThat(this.server.bodies()).hasSizeGreaterThanOrEqualTo(1 + 2 + 2);
	}

	@Test
	void anOpenLoopSendsAsManyRequests() throws IOException {
		run(0, new LoadCommand(), "--url", url(), "--out", "2", "--streams", "2", "--requests", "3", "--rate", "500",
				"--repetitions", "2", "--warm-up", "0");
		assertThat(this.server.bodies()).hasSize(2 * 3 * 2);
	}

	@Test
	void oneFailedRequestFailsTheLoad() throws IOException {
		this.server.answer((exchange, body) -> ScriptedServer.refuse(exchange, 500, "broken"));
		JsonNode result = run(1, new LoadCommand(), "--url", url(), "--repetitions", "1", "--warm-up", "0", "--streams",
				"1", "--requests", "1");
		assertThat(result.path("result").path("errors").toString()).isEqualTo("{\"500: broken\":1}");
	}

	@Test
	void healthIsAskedForDuringALoad() throws IOException {
		JsonNode result = run(0, new LoadCommand(), probed());
		assertThat(result.path("result").path("outcomes").toString()).isEqualTo("{\"COMPLETED\":1}");
		JsonNode probe = result.path("result").path("probe");
		assertThat(probe.path("errors").size()).isZero();
		assertThat(probe.path("times").path("count").asInt()).isPositive();
		assertThat(probe.path("times").path("max").asDouble()).isPositive();
	}

	@Test
	void aServerThatIsNotHealthyUnderLoadFailsIt() throws IOException {
		this.server.health(503);
		JsonNode probe = run(1, new LoadCommand(), probed()).path("result").path("probe");
		assertThat(probe.path("errors").path("status 503").asInt()).isPositive();
		assertThat(probe.path("times").path("count").asInt()).isZero();
	}

	@Test
	void serversAreComparedInTurnsWithTheirOwnFields() throws IOException {
		JsonNode result = run(0, new CompareCommand(), "--server", "a", "--at", url(), "--fields", "{\"user\":\"a\"}",
				"--server", "b", "--at", url(), "--fields", "{\"user\":\"b\"}", "--out", "3", "--streams", "1",
				"--requests", "2", "--repetitions", "3", "--warm-up", "0");
		// Each turn has two requests, after one that isn't timed.
		assertThat(users()).isEqualTo("aaabbbbbbaaaaaabbb");
		assertThat(this.server.bodies()).extracting((body) -> body.path("prompt").asString("")).doesNotHaveDuplicates();
		JsonNode ratio = result.path("result").path("ratios").path(0);
		assertThat(ratio.path("measure").asString()).isEqualTo("tokens/s");
		assertThat(ratio.path("server").asString()).isEqualTo("b");
		assertThat(ratio.path("ratio").path("low").asDouble())
			.isLessThanOrEqualTo(ratio.path("ratio").path("high").asDouble());
	}

	@Test
	void aPeerThatIsFarBehindTheBestOneHasOneTurn() throws IOException {
		this.server.answer((exchange, body) -> {
			int tokens = "slow".equals(body.path("user").asString("")) ? 1 : body.path("max_tokens").asInt();
			String[] events = new String[tokens + 1];
			Arrays.fill(events, ScriptedServer.token("a"));
			events[tokens] = ScriptedServer.DONE;
			ScriptedServer.stream(exchange, events);
		});
		run(0, new CompareCommand(), "--server", "ours", "--at", url(), "--fields", "{\"user\":\"slow\"}", "--server",
				"fast", "--at", url(), "--fields", "{\"user\":\"fast\"}", "--server", "slow", "--at", url(), "--fields",
				"{\"user\":\"slow\"}", "--free-length", "--out", "400", "--streams", "1", "--requests", "3",
				"--repetitions", "2", "--warm-up", "0", "--drop-out", "0.5");
		long fast = this.server.bodies().stream().filter((body) -> "fast".equals(body.path("user").asString())).count();
		assertThat(fast).isEqualTo(2 * (1 + 3));
		assertThat(this.server.bodies()).hasSize(5 * (1 + 3));
	}

	@Test
	void aSweepIsDrawnAndCanBeDrawnAgain() throws IOException {
		Path svg = this.folder.resolve("sweep.svg");
		run(0, new SweepCommand(), "--server", "a", "--at", url(), "--at-streams", "1,3", "--out", "3", "--requests",
				"1", "--repetitions", "1", "--warm-up", "0", "--svg", svg.toString());
		assertThat(svg).content().contains("<svg").contains(">a</text>");
		Path again = this.folder.resolve("again.svg");
		int status = new CommandLine(new PlotCommand()).setCaseInsensitiveEnumValuesAllowed(true)
			.execute(this.folder.resolve("result.json").toString(), "--svg", again.toString(), "--latency", "ttft_p99");
		assertThat(status).isZero();
		assertThat(again).content().contains("time to first token, p99").contains("<circle");
	}

	@Test
	void goodputIsTheRateAtWhichTheServerStartsToRefuse() throws IOException {
		this.server.answer((exchange, body) -> {
			// Refuses as soon as more than eight requests have come after the untimed
			// one.
			if (this.server.bodies().size() > 1 + 8) {
				ScriptedServer.refuse(exchange, 503, "full");
			}
			else {
				ScriptedServer.stream(exchange, ScriptedServer.token("a"), ScriptedServer.DONE);
			}
		});
		JsonNode result = run(0, new GoodputCommand(), "--url", url(), "--streams", "1", "--requests", "4",
				"--repetitions", "1", "--warm-up", "0", "--start-rate", "200", "--resolution", "0.4", "--slo-ttft",
				"60000", "--slo-tpot", "60000");
		// Two trials of four pass, the third, at 800 requests/s, fails, and so does the
		// one at 600.
		assertThat(result.path("result").path("trials").findValuesAsString("rate")).containsExactly("200.0", "400.0",
				"800.0", "600.0", "500.0");
		assertThat(result.path("result").path("found").path(0).path("rate").path("value").asDouble()).isEqualTo(400);
	}

	@Test
	void longPromptsAreSentAloneAndWhileStreamsDecode() throws IOException {
		JsonNode result = run(0, new MixedCommand(), "--url", url(), "--streams", "2", "--stream-tokens", "50",
				"--long-prompt", "300", "--prompts", "3", "--quiet", "0.05");
		assertThat(result.path("result").path("aloneFirstToken").path("count").asInt()).isEqualTo(3);
		assertThat(result.path("result").path("mixedFirstToken").path("count").asInt()).isEqualTo(3);
		long longOnes = this.server.bodies()
			.stream()
			.filter((body) -> body.path("prompt").asString("").split(" ").length == 300)
			.count();
		assertThat(longOnes).isEqualTo(1 + 3 + 3);
	}

	@Test
	void overloadMayBeShedButNotFail() throws IOException {
		this.server.answer((exchange, body) -> {
			if (this.server.bodies().size() % 3 == 0 && this.server.bodies().size() > 4) {
				ScriptedServer.refuse(exchange, 503, "full");
			}
			else {
				ScriptedServer.stream(exchange, ScriptedServer.token("a"), ScriptedServer.DONE);
			}
		});
		JsonNode result = run(0, new OverloadCommand(), "--url", url(), "--capacity", "100", "--streams", "1",
				"--requests", "4", "--repetitions", "1", "--warm-up", "0");
		assertThat(result.path("result").path("over").path("outcomes").path("REJECTED").asInt()).isPositive();
		this.server.answer((exchange, body) -> ScriptedServer.refuse(exchange, 500, "broken"));
		run(1, new OverloadCommand(), "--url", url(), "--capacity", "100", "--streams", "1", "--requests", "2",
				"--repetitions", "1", "--warm-up", "0");
	}

	@Test
	void aStormOfCancelsIsCountedAndFollowedByTheSameLoad() throws IOException {
		JsonNode result = run(0, new CancelStormCommand(), "--url", url(), "--storm", "20", "--storm-streams", "5",
				"--out", "20", "--streams", "1", "--requests", "2", "--repetitions", "1", "--warm-up", "0");
		JsonNode storm = result.path("result").path("storm");
		assertThat(storm.path("CANCELLED").asInt()).isEqualTo(20);
		assertThat(result.path("result").path("after").path("outcomes").path("COMPLETED").asInt()).isEqualTo(2);
	}

	@Test
	void aPromptWhoseStartIsCachedIsMeasuredBesideItsOwnWords() throws IOException {
		JsonNode result = run(0, new PrefixHitCommand(), "--url", url(), "--prefix", "20", "--tail", "5", "--requests",
				"2", "--repetitions", "3", "--warm-up", "1");
		assertThat(this.server.bodies()).extracting((body) -> body.path("prompt").asString("").split(" ").length)
			.containsExactly(25, 25, 25, 5, 5, 5, 5, 25, 25, 25, 25, 5, 5);
		assertThat(result.path("result").path("firstTokenRatio").path("value").asDouble()).isPositive();
	}

	@Test
	void aStormOfPrefixesUsesTwiceThePool() throws IOException {
		JsonNode result = run(0, new PrefixStormCommand(), "--url", url(), "--pool", "100", "--prefix", "20",
				"--repetitions", "2", "--warm-up", "0");
		assertThat(result.path("result").path("prefixes").asInt()).isEqualTo(10);
		assertThat(this.server.bodies()).hasSize(10 * 2 * 2);
	}

	@Test
	void aTrainingRunComesBeforeTheStartsThatAreTimed() throws IOException {
		Path runs = this.folder.resolve("runs");
		this.server.answer((exchange, body) -> {
			// Refuses until the process has said which run it is.
			if (Files.exists(runs)) {
				ScriptedServer.stream(exchange, ScriptedServer.token("a"), ScriptedServer.DONE);
			}
			else {
				ScriptedServer.refuse(exchange, 503, "starting");
			}
		});
		String command = "echo %s >> " + runs + "; exec sleep 600";
		JsonNode result = run(0, new ProcessCommand(), "--url", url(), "--train", command.formatted("training"),
				"--start", command.formatted("timed"), "--starts", "2", "--at-streams", "1", "--out", "1", "--requests",
				"1", "--repetitions", "1", "--warm-up", "0", "--many", "1", "--idle", "0");
		assertThat(Files.readAllLines(runs)).startsWith("training").containsOnlyOnce("training");
		assertThat(result.path("result").path("start").path("all").size()).isEqualTo(2);
	}

	private String[] probed() {
		return new String[] { "--url", url(), "--probe", url().replace("/v1", "/health"), "--out", "3", "--streams",
				"1", "--requests", "1", "--repetitions", "1", "--warm-up", "1" };
	}

	private String url() {
		return this.server.target().base().toString();
	}

	/** Who asked, in order: the field user of each request. */
	private String users() {
		return this.server.bodies().stream().map((body) -> body.path("user").asString()).collect(Collectors.joining());
	}

	private JsonNode run(int status, Callable<Integer> command, String... arguments) throws IOException {
		Path json = this.folder.resolve("result.json");
		List<String> all = new ArrayList<>(List.of(arguments));
		all.addAll(List.of("--no-probe", "--json", json.toString()));
		assertThat(new CommandLine(command).execute(all.toArray(String[]::new))).isEqualTo(status);
		return JsonMapper.shared().readTree(Files.readString(json));
	}

}
