/**
 * Load on a server that speaks OpenAI's protocol: requests, when they are sent, what came
 * back.
 */
@NullMarked
package io.llmserving.bench.load;

import org.jspecify.annotations.NullMarked;
