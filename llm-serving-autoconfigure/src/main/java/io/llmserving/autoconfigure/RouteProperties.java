package io.llmserving.autoconfigure;

import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * A route.
 *
 * @param name Name that requests use; any text but the id of a model.
 * @param to Shares of the traffic by ids of models.
 */
public record RouteProperties(@Nullable String name, @DefaultValue Map<String, Integer> to) {
}
