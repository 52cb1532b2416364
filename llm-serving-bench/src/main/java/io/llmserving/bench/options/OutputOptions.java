package io.llmserving.bench.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import io.llmserving.bench.machine.Machine;
import io.llmserving.bench.machine.Peaks;
import io.llmserving.bench.report.Results;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * Where results go. The machine is described, and its peaks are probed, before anything
 * is measured.
 */
public final class OutputOptions {

	private static final double PROBE_SECONDS = 0.3;

	private static final double READS_SECONDS = 0.2;

	private static final Pattern SECRET_HEADER = Pattern
		.compile("(?is)^([^=]*(?:authorization|cookie|key|token|secret))=.*");

	@Spec(Target.MIXEE)
	private @Nullable CommandSpec command;

	@Option(names = "--json", paramLabel = "FILE", description = "Also write the result as JSON.")
	private @Nullable Path json;

	@Option(names = "--no-probe", description = "Do not measure the machine's peaks first.")
	private boolean noProbe;

	private @Nullable Machine machine;

	/**
	 * Describes the machine and prints it.
	 */
	public void begin() throws IOException, InterruptedException {
		this.machine = this.noProbe ? Machine.describe() : Machine.probe(PROBE_SECONDS);
		System.out.println(this.machine.text());
	}

	/**
	 * Prints a result, and writes it if a file was asked for.
	 * @param result a record or a map
	 * @param text the same for people
	 */
	public void end(Object result, String text) throws IOException {
		System.out.print(text);
		if (this.json != null && this.command != null) {
			Results.write(this.json, this.command.name(), (this.machine != null) ? this.machine : Machine.describe(),
					withoutSecrets(this.command.commandLine().getParseResult().originalArgs()), result);
			System.out.println("written to " + this.json);
		}
	}

	/**
	 * Results are shown around; API keys are not, nor are headers that carry a secret.
	 */
	static List<String> withoutSecrets(List<String> arguments) {
		List<String> kept = new ArrayList<>();
		String option = "";
		for (String argument : arguments) {
			int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
			String prefix = argument.substring(0, equals + 1);
			String name = (equals > 0) ? argument.substring(0, equals) : option;
			kept.add(prefix + withoutSecret(name, argument.substring(equals + 1)));
			option = argument;
		}
		return kept;
	}

	private static String withoutSecret(String option, String value) {
		return switch (option) {
			case "--key" -> "***";
			case "--header" -> SECRET_HEADER.matcher(value).replaceFirst("$1=***");
			default -> value;
		};
	}

	/**
	 * Returns the machine's peaks, null before {@link #begin()} and where they are not
	 * probed.
	 */
	public @Nullable Peaks peaks() {
		return (this.machine != null) ? this.machine.peaks() : null;
	}

	/**
	 * Probes what reads from memory give now, in 10^9 bytes per second.
	 * @return null with {@code --no-probe}, and where there is no probe
	 */
	public @Nullable Double probeReads() throws IOException, InterruptedException {
		return this.noProbe ? null : Machine.probeReads(READS_SECONDS);
	}

	/**
	 * Returns where the JSON goes, or null.
	 */
	public @Nullable Path json() {
		return this.json;
	}

}
