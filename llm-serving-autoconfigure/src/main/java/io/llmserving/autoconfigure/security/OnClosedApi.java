package io.llmserving.autoconfigure.security;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Holds where callers have to say who they are.
 */
class OnClosedApi extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		AccessSettings settings = AccessSettings.of(context.getEnvironment());
		ConditionMessage.Builder message = ConditionMessage.forCondition("closed LLM endpoints");
		return settings.closed() ? ConditionOutcome.match(message.because(settings.why()))
				: ConditionOutcome.noMatch(message.because("there are neither API keys nor an issuer"));
	}

}
