package io.llmserving.bench.scenario;

import java.util.concurrent.Callable;

import io.llmserving.bench.options.LoopOptions;
import io.llmserving.bench.options.OutputOptions;
import io.llmserving.bench.options.SloOptions;
import io.llmserving.bench.options.TargetOptions;
import io.llmserving.bench.options.WorkloadOptions;
import picocli.CommandLine.Mixin;

/**
 * A command that puts load on servers: what all of these are asked.
 */
abstract class LoadScenario implements Callable<Integer> {

	@Mixin
	final TargetOptions target = new TargetOptions();

	@Mixin
	final WorkloadOptions workload = new WorkloadOptions();

	@Mixin
	final LoopOptions loop = new LoopOptions();

	@Mixin
	final SloOptions slo = new SloOptions();

	@Mixin
	final OutputOptions output = new OutputOptions();

}
