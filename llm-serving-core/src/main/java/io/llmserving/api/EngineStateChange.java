package io.llmserving.api;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * An engine went from one state to another.
 *
 * @param model the model's id
 * @param from the state it left
 * @param to the state it entered
 * @param reason why, for failures and restarts
 * @param at when
 */
public record EngineStateChange(String model, EngineState from, EngineState to, @Nullable String reason, Instant at) {
}
