package io.llmserving.bench.options;

import java.nio.file.Path;

import io.llmserving.bench.load.Lengths;
import io.llmserving.bench.load.RequestBodies;
import io.llmserving.bench.load.SyntheticWorkload;
import io.llmserving.bench.load.Target;
import io.llmserving.bench.load.TraceWorkload;
import io.llmserving.bench.load.Workload;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What is asked.
 */
public final class WorkloadOptions {

	private static final int LONGEST_TRACED = 1024;

	@Option(names = "--shared", paramLabel = "WORDS",
			description = "Words at the start of each prompt that are the same. Default: ${DEFAULT-VALUE}",
			defaultValue = "192")
	private int shared = 192;

	@Option(names = "--prefixes", paramLabel = "N",
			description = "Number of different shared starts, used in turn. Default: ${DEFAULT-VALUE}",
			defaultValue = "1")
	private int prefixes = 1;

	@Option(names = "--own", paramLabel = "LENGTHS",
			description = "Words of each prompt's own: 64, a range 16-128, or a mix 16@3,512-2048@1. Default: ${DEFAULT-VALUE}",
			defaultValue = "64")
	private String own = "64";

	@Option(names = "--out", paramLabel = "LENGTHS",
			description = "Tokens of each answer, written like --own. Default: ${DEFAULT-VALUE}", defaultValue = "128")
	private String out = "128";

	@Option(names = "--trace", paramLabel = "FILE",
			description = "JSON with prompts and lengths, as ShareGPT has them, instead of random words.")
	private @Nullable Path trace;

	@Option(names = "--body", paramLabel = "JSON",
			description = "Fields of each request's body besides, as in {\"temperature\":0.7}.")
	private @Nullable String body;

	@Option(names = "--free-length",
			description = "Let the model end its answers; else ignore_eos asks for the full length.")
	private boolean freeLength;

	@Option(names = "--seed", paramLabel = "N",
			description = "Fixes prompts, lengths and arrivals. Left out, they differ in every run.")
	private @Nullable Long seed;

	/**
	 * Returns the prompts for a server.
	 */
	public Workload workload(Target target) {
		return workload(target, this.body);
	}

	/**
	 * Returns the prompts for a server, with other fields besides than the option says.
	 */
	public Workload workload(Target target, @Nullable String otherBody) {
		RequestBodies bodies = new RequestBodies(target, !this.freeLength, (otherBody != null) ? otherBody : this.body);
		if (this.trace != null) {
			return TraceWorkload.read(this.trace, bodies, LONGEST_TRACED, seed());
		}
		if (this.prefixes < 1) {
			throw new IllegalArgumentException("--prefixes is %d; it must be at least 1".formatted(this.prefixes));
		}
		return new SyntheticWorkload(bodies, this.shared, this.prefixes, Lengths.parse(this.own),
				Lengths.parse(this.out), seed());
	}

	/**
	 * Returns prompts of given lengths instead of the options'.
	 */
	public Workload workload(Target target, int sharedWords, int sharedPrefixes, String ownWords, String outTokens) {
		return new SyntheticWorkload(new RequestBodies(target, !this.freeLength, this.body), sharedWords,
				sharedPrefixes, Lengths.parse(ownWords), Lengths.parse(outTokens), seed());
	}

	/**
	 * Returns the same seed in each call.
	 */
	public long seed() {
		if (this.seed == null) {
			this.seed = System.currentTimeMillis();
		}
		return this.seed;
	}

}
