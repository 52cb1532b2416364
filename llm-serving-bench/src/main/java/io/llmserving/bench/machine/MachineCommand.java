package io.llmserving.bench.machine;

import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/**
 * The machine's peaks.
 */
@Command(name = "machine", mixinStandardHelpOptions = true,
		description = "Measures what the machine can do at best: int8, bf16 and f32 products, reads from memory.")
public final class MachineCommand implements Callable<Integer> {

	@Option(names = "--seconds", description = "Time for each figure. Default: ${DEFAULT-VALUE}", defaultValue = "1")
	private double seconds = 1;

	@Option(names = "--as-json", description = "Print JSON.")
	private boolean json;

	@Override
	public Integer call() throws Exception {
		Machine machine = Machine.probe(this.seconds);
		System.out.println(this.json ? JsonMapper.shared().writeValueAsString(machine) : machine.text());
		return 0;
	}

}
