package io.llmserving.answers;

import org.springframework.boot.CommandLineRunner;
import org.springframework.stereotype.Component;

/**
 * What a test of the models does not want.
 */
@Component
class Startup implements CommandLineRunner {

	@Override
	public void run(String... args) {
		// An application would fill its database here.
	}

}
