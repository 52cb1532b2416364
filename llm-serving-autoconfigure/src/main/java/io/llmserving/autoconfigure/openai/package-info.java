/**
 * OpenAI's protocol over the engine: requests from JSON, answers and errors to JSON.
 * Knows no web framework.
 */
@NullMarked
package io.llmserving.autoconfigure.openai;

import org.jspecify.annotations.NullMarked;
