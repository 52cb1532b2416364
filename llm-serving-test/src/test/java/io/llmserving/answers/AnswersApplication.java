package io.llmserving.answers;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
class AnswersApplication {

	static void main(String[] args) {
		SpringApplication.run(AnswersApplication.class, args);
	}

}
