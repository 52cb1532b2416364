package io.llmserving.autoconfigure.actuate;

import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jackson.JacksonEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.EngineState;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.FakeEngine;
import io.llmserving.autoconfigure.FakeServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.OurAutoConfigurations;

import static org.assertj.core.api.Assertions.assertThat;

class LlmModelsEndpointAutoConfigurationTests {

	private final FakeEngine engine = new FakeEngine("chat");

	private final FakeEngine other = new FakeEngine("other");

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LlmServingAutoConfiguration.class,
				LlmModelsEndpointAutoConfiguration.class, EndpointAutoConfiguration.class,
				WebEndpointAutoConfiguration.class, JacksonEndpointAutoConfiguration.class))
		.withBean("llmServing", LlmServing.class, () -> new FakeServing(this.engine, this.other));

	@Test
	void anExposedEndpointShowsFactsStatisticsAndMemory() {
		this.other.state = EngineState.FAILED;
		this.other.reason = "no such file";
		exposed().run((context) -> {
			String json = JsonMapper.shared().writeValueAsString(context.getBean(LlmModelsEndpoint.class).models());
			assertThat(json).isEqualTo(
					"""
							{"models":[{"id":"chat","state":"READY","reason":null,"progress":null,\
							"source":"file:/models/chat.gguf","load":"STARTUP","required":true,"pinned":false,"fallback":null,\
							"facts":{"model":"chat","architecture":"llama","quantization":"Q4_1",\
							"parameters":135,"contextLength":8192,"vocabularySize":49152,"device":"cpu (avx512)",\
							"weightBytes":98,"cacheBlocks":64,"blockSize":16,"cacheBytes":512,"fingerprint":"abc",\
							"details":{"threads":"2"}},"statistics":{"waiting":1,"running":2,"blocksTotal":30,"blocksUsed":4,\
							"blocksCached":5,"steps":6,"promptTokens":7,"generatedTokens":8,"prefixQueriedTokens":19,\
							"prefixHitTokens":10,"preemptions":11,"requestsStarted":12,"requestsFinished":13,\
							"requestsCancelled":14,"requestsFailed":15,"restarts":16,"lastStepAge":0},\
							"memory":{"weightBytes":98,"cacheBytes":512,"totalBytes":610}},\
							{"id":"other","state":"FAILED","reason":"no such file","progress":null,\
							"source":"file:/models/other.gguf","load":"STARTUP","required":true,"pinned":false,"fallback":null,\
							"facts":null,"statistics":{"waiting":1,"running":2,"blocksTotal":30,"blocksUsed":4,\
							"blocksCached":5,"steps":6,"promptTokens":7,"generatedTokens":8,"prefixQueriedTokens":19,\
							"prefixHitTokens":10,"preemptions":11,"requestsStarted":12,"requestsFinished":13,\
							"requestsCancelled":14,"requestsFailed":15,"restarts":16,"lastStepAge":0},"memory":null}],\
							"routes":{},"memory":{"budgetBytes":4000,"plannedBytes":610,"nativeBytes":700,"nativeAllocations":3}}""");
		});
	}

	@Test
	void oneModelIsFoundByItsIdAndUnknownOnesAreNull() {
		exposed().run((context) -> {
			LlmModelsEndpoint endpoint = context.getBean(LlmModelsEndpoint.class);
			assertThat(endpoint.model("other").id()).isEqualTo("other");
			assertThat(endpoint.model("none")).isNull();
		});
	}

	@Test
	void aModelThatIsUnloadedWhileItIsLookedAtIsShownWithoutFacts() {
		this.other.leaving = true;
		exposed()
			.run((context) -> assertThat(context.getBean(LlmModelsEndpoint.class).model("other").facts()).isNull());
	}

	@Test
	void theEndpointIsThereOnlyWhereItIsExposed() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(LlmModelsEndpoint.class));
		exposed().withPropertyValues("management.endpoint.llmmodels.access=NONE")
			.run((context) -> assertThat(context).doesNotHaveBean(LlmModelsEndpoint.class));
	}

	@Test
	void withoutActuatorTheApplicationStarts() {
		new ReactiveWebApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.withBean("llmServing", LlmServing.class, () -> new FakeServing(this.engine))
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("llmModelsEndpoint"));
	}

	private ReactiveWebApplicationContextRunner exposed() {
		return this.runner.withPropertyValues("management.endpoints.web.exposure.include=llmmodels");
	}

}
