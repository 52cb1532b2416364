package io.llmserving.runtime;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DeviceFacts}, on what a native library says.
 */
class DeviceFactsTests {

	@Test
	void aMachineWithOneNodeSaysNothingOfNodes() {
		assertThat(cpu("[2]").description()).isEqualTo("CPU, avx2 (no avx512f), 2 threads on 2 cores");
		assertThat(cpu("[]").description()).doesNotContain("NUMA");
	}

	@Test
	void aMachineWithSeveralNodesTellsTheThreadsOfEach() {
		assertThat(cpu("[1,1]").description())
			.isEqualTo("CPU, avx2 (no avx512f), 2 threads on 2 cores of 2 NUMA nodes (1 + 1 threads)");
	}

	private static DeviceFacts cpu(String nodes) {
		return DeviceFacts.read(DeviceKind.CPU, """
				{"kind":"cpu","isa":"avx2","threads":2,"cores":2,"nodes":%s,"cpu":"x","reason":"no avx512f",
				"processors":0,"memory":0}""".formatted(nodes));
	}

}
