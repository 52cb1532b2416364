package io.llmserving.springai.autoconfigure;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Flux;

import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmModel;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.springai.LlmChatModel;
import io.llmserving.springai.LlmChatOptions;
import io.llmserving.test.ScriptedEngine;
import io.llmserving.test.ScriptedServing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which chat models there are, and which one is injected.
 */
class LlmChatModelAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LlmServingAutoConfiguration.class, LlmChatModelAutoConfiguration.class,
				ToolCallingAutoConfiguration.class, ChatClientAutoConfiguration.class))
		.withUserConfiguration(Scripted.class);

	private final ApplicationContextRunner one = this.runner.withPropertyValues("llm.serving.models.big.source=file:x");

	private final ApplicationContextRunner two = this.one.withPropertyValues("llm.serving.models.small.source=file:x",
			"llm.serving.default-model=small");

	@Test
	void aModelIsAChatModelAndAChatClient() {
		this.one.run((context) -> {
			assertThat(context).hasSingleBean(ChatModel.class).hasBean("llmChatModel.big");
			assertThat(context.getBean(ChatModel.class).call("Hi")).isEqualTo("big");
			assertThat(client(context.getBean(ChatClient.Builder.class))).isEqualTo("big");
		});
	}

	@Test
	void ofTwoModelsTheDefaultOneIsInjectedAndEachByItsId() {
		this.two.withUserConfiguration(Injected.class).run((context) -> {
			assertThat(context).hasNotFailed();
			Holder holder = context.getBean(Holder.class);
			assertThat(holder.plain().call("Hi")).isEqualTo("small");
			assertThat(holder.big().call("Hi")).isEqualTo("big");
			assertThat(holder.small().call("Hi")).isEqualTo("small");
			assertThat(context.getBean(ChatModel.class).call("Hi")).isEqualTo("small");
			assertThat(client(context.getBean(ChatClient.Builder.class))).isEqualTo("small");
		});
	}

	@Test
	void twoModelsWithoutADefaultOneFailByThePropertyNotByTheBeanThatIsMissing() {
		this.one.withPropertyValues("llm.serving.models.small.source=file:x")
			.withUserConfiguration(Injected.class)
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("llm.serving.default-model"));
	}

	@Test
	void anotherProvidersChatModelGoesFirst() {
		this.two.withUserConfiguration(OtherProvider.class, Injected.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(client(context.getBean(ChatClient.Builder.class))).isEqualTo("other");
			Holder holder = context.getBean(Holder.class);
			assertThat(holder.plain().call("Hi")).isEqualTo("other");
			assertThat(holder.big().call("Hi")).isEqualTo("big");
			assertThat(client(ChatClient.builder(holder.small()))).isEqualTo("small");
		});
	}

	@Test
	void aBeanOfTheSameNameWins() {
		this.one.withBean("llmChatModel.big", ChatModel.class, OtherChatModel::new).run((context) -> {
			assertThat(context).hasSingleBean(ChatModel.class);
			assertThat(context.getBean(ChatModel.class).call("Hi")).isEqualTo("other");
		});
	}

	@Test
	void thereIsNoneWhereAnotherProviderIsChosenOrTheEngineIsOff() {
		this.one.withPropertyValues("spring.ai.model.chat=openai")
			.run((context) -> assertThat(context).doesNotHaveBean(ChatModel.class).hasSingleBean(LlmEngine.class));
		this.one.withPropertyValues("spring.ai.model.chat=llm-serving")
			.run((context) -> assertThat(context).hasSingleBean(LlmChatModel.class));
		this.runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ChatModel.class));
	}

	@Test
	void aChatClientRemembersAndPassesItsOptions() {
		ScriptedEngine counting = ScriptedEngine.scripted("big",
				(request) -> Flux.just(request.messages().size() + " messages, seed " + request.sampling().seed()));
		LlmChatModel model = LlmChatModel.builder(new ScriptedServing(counting)).build();
		ChatMemory memory = MessageWindowChatMemory.builder().build();
		ChatClient client = ChatClient.builder(model)
			.defaultAdvisors(MessageChatMemoryAdvisor.builder(memory).build())
			.defaultOptions(LlmChatOptions.builder().seed(7L))
			.build();
		assertThat(ask(client, "a")).isEqualTo("1 messages, seed 7");
		assertThat(ask(client, "a")).isEqualTo("3 messages, seed 7");
		assertThat(ask(client, "b")).isEqualTo("1 messages, seed 7");
		List<String> streamed = client.prompt("Hi")
			.advisors((advisors) -> advisors.param(ChatMemory.CONVERSATION_ID, "a"))
			.stream()
			.content()
			.collectList()
			.block();
		assertThat(String.join("", streamed)).isEqualTo("5 messages, seed 7");
		assertThat(memory.get("a")).hasSize(6);
	}

	@Test
	void aChatClientWithToolsIsToldThatTheyCannotBeCalled() {
		LlmChatModel model = LlmChatModel.builder(new ScriptedServing(ScriptedEngine.answering("big", "x"))).build();
		assertThatExceptionOfType(NonTransientAiException.class)
			.isThrownBy(() -> ChatClient.create(model).prompt("Hi").tools(new Clock()).call().content())
			.withMessageContaining("Tools cannot be called yet");
	}

	private static String ask(ChatClient client, String conversation) {
		return client.prompt("Hi")
			.advisors((advisors) -> advisors.param(ChatMemory.CONVERSATION_ID, conversation))
			.call()
			.content();
	}

	private static String client(ChatClient.Builder builder) {
		return builder.build().prompt("Hi").call().content();
	}

	static class Clock {

		@Tool(description = "Time")
		String now() {
			return "noon";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Scripted {

		@Bean
		LlmServing llmServing() {
			return new ScriptedServing(ScriptedEngine.answering("big", "big"),
					ScriptedEngine.answering("small", "small"));
		}

	}

	record Holder(ChatModel plain, ChatModel big, ChatModel small) {
	}

	@Configuration(proxyBeanMethods = false)
	static class Injected {

		@Bean
		Holder holder(ChatModel plain, @LlmModel("big") ChatModel big, @LlmModel("small") ChatModel small) {
			return new Holder(plain, big, small);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OtherProvider {

		@Bean
		ChatModel otherChatModel() {
			return new OtherChatModel();
		}

	}

	static class OtherChatModel implements ChatModel {

		@Override
		public ChatResponse call(Prompt prompt) {
			return new ChatResponse(List.of(new Generation(new AssistantMessage("other"))));
		}

		@Override
		public ChatOptions getOptions() {
			return ChatOptions.builder().build();
		}

	}

}
