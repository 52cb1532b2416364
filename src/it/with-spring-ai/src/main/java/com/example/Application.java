package com.example;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

import io.llmserving.autoconfigure.LlmModel;
import io.llmserving.springai.LlmChatOptions;

/**
 * An application that uses its models through Spring AI alone: a chat client with a
 * memory, and a second model by its id.
 */
@SpringBootApplication
public class Application {

	public static void main(String[] arguments) {
		System.exit(SpringApplication.exit(SpringApplication.run(Application.class, arguments)));
	}

	@Bean
	CommandLineRunner call(ChatClient.Builder builder, ChatMemory memory, @LlmModel("other") ChatModel other) {
		return (arguments) -> {
			ChatClient client = builder.defaultAdvisors(MessageChatMemoryAdvisor.builder(memory).build())
				.defaultOptions(LlmChatOptions.builder().temperature(0.0))
				.build();
			System.out.println("CLIENT SAYS " + ask(client));
			ask(client);
			System.out.println("REMEMBERED " + memory.get("it").size() + " MESSAGES");
			ChatResponse response = other.call(new Prompt("What color is the sky?"));
			System.out.println("MODEL " + response.getMetadata().getModel() + " USED "
					+ response.getMetadata().getUsage().getTotalTokens() + " TOKENS");
		};
	}

	private static String ask(ChatClient client) {
		return client.prompt("What color is the sky?")
			.advisors((advisors) -> advisors.param(ChatMemory.CONVERSATION_ID, "it"))
			.call()
			.content();
	}

}
